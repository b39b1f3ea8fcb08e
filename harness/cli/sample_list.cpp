#include "harness/cli/sample_list.h"

#include <fmt/format.h>

#include <fstream>
#include <set>

#include "harness/core/error.h"
#include "harness/data/label_files.h"

namespace assay {
namespace {

std::string sample_lines(const std::string& dataset, const Sample& sample, bool begins_picture) {
  const auto line = [&](const std::string& name, const std::string& tile, const std::string& file,
                        const std::string& label) {
    return fmt::format("{},{},{},{},{},{}\n", csv_field(dataset), csv_field(picture_of(sample)),
                       csv_field(name), tile, csv_field(file), csv_field(label));
  };
  if (!sample.mosaic)
    return line(sample.name, "", sample.path, sample.labels.empty() ? "" : word_of(sample.labels.front()));
  std::string lines;
  if (!begins_picture) return lines;
  for (std::size_t tile = 0; tile < sample.mosaic->tiles.size(); ++tile) {
    const MosaicTile& shown = sample.mosaic->tiles[tile];
    lines += line(shown.name, std::to_string(tile), shown.path, word_of(shown.label));
  }
  return lines;
}

}  // namespace

void write_sample_list(const Plan& plan, const std::string& file) {
  std::ofstream stream(file, std::ios::trunc);
  stream << "dataset,picture,sample,tile,file,label\n";
  std::set<std::string> listed;
  for (const Experiment& experiment : plan.experiments) {
    if (!listed.insert(experiment.dataset).second) continue;
    std::string picture;
    for (const Sample& sample : experiment.samples) {
      stream << sample_lines(experiment.dataset, sample, picture_of(sample) != picture);
      picture = picture_of(sample);
    }
  }
  stream.close();
  if (!stream) throw DataError(fmt::format("{}: cannot be written", file));
}

}  // namespace assay
