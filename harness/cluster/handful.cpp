#include "harness/cluster/handful.h"

#include <algorithm>

namespace assay {

std::vector<std::size_t> spread_over(std::size_t size, std::size_t count) {
  std::vector<std::size_t> places;
  const std::size_t wanted = std::min(size, count);
  for (std::size_t i = 0; i < wanted; ++i) places.push_back(wanted == 1 ? 0 : i * (size - 1) / (wanted - 1));
  return places;
}

std::vector<const Experiment*> first_of_each(const Plan& plan, std::string Experiment::*name) {
  std::vector<const Experiment*> firsts;
  for (const Experiment& experiment : plan.experiments) {
    const auto same = [&](const Experiment* earlier) { return earlier->*name == experiment.*name; };
    if (std::ranges::none_of(firsts, same)) firsts.push_back(&experiment);
  }
  return firsts;
}

std::vector<std::string> files_of(const Sample& sample) {
  if (!sample.path.empty()) return {sample.path};
  std::vector<std::string> files;
  if (sample.mosaic)
    for (const MosaicTile& tile : sample.mosaic->tiles) files.push_back(tile.path);
  return files;
}

}  // namespace assay
