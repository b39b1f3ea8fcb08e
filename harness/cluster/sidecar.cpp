#include "harness/cluster/sidecar.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "harness/core/error.h"
#include "harness/data/label_files.h"

namespace assay {
namespace {

std::optional<std::size_t> column_named(const std::vector<std::string>& header,
                                        const std::vector<std::string>& names) {
  for (const std::string& name : names)
    if (const auto found = std::ranges::find(header, name); found != header.end())
      return static_cast<std::size_t>(found - header.begin());
  return {};
}

std::optional<SidecarPredictions> read_sidecar(const std::string& file,
                                               const std::vector<std::string>& columns) {
  if (!std::filesystem::exists(file)) return {};
  const std::vector<TextLine> lines = read_lines(file);
  if (lines.empty()) return {};
  const std::vector<std::string> header = parse_csv(lines.front(), file);
  const auto name = column_named(header, {"file", "name"}), winner = column_named(header, columns);
  if (!name || !winner) return {};
  SidecarPredictions sidecar{.file = file, .top1 = {}};
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::vector<std::string> fields = parse_csv(lines[i], file);
    if (fields.size() != header.size())
      fail_at(file, lines[i].number,
              fmt::format("{} fields where the first line names {}", fields.size(), header.size()));
    if (!fields[*winner].empty())
      sidecar.top1[std::filesystem::path(fields[*name]).filename().string()] =
          parse_index(fields[*winner], file, lines[i].number);
  }
  return sidecar;
}

}  // namespace

std::optional<SidecarPredictions> sidecar_of(const std::string& network, const std::string& images,
                                             const std::vector<std::string>& names) {
  std::vector<std::string> columns;
  for (const std::string& name : names)
    for (const char* what : {":top1", ":top1_output_index"}) columns.push_back(name + what);
  if (auto of_images = read_sidecar(images + "/predictions.csv", columns)) return of_images;
  return read_sidecar(network + "/predictions.csv", {"top1"});
}

}  // namespace assay
