#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>

#include "harness/core/hash.h"
#include "harness/data/dataset.h"

namespace assay {
namespace {

std::uintmax_t size_of(const std::string& path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  return error ? 0 : size;
}

struct ShapeText {
  std::string operator()(const std::string& file) const { return hash_file(file).hex(); }
  std::string operator()(const Box& box) const {
    return fmt::format("box {} {} {} {}", box.left, box.top, box.right, box.bottom);
  }
  std::string operator()(const Polygons& polygons) const {
    std::string text = "polygons";
    for (const auto& corners : polygons) {
      text += " |";
      for (const auto& [x, y] : corners) text += fmt::format(" {} {}", x, y);
    }
    return text;
  }
  std::string operator()(const RunLengths& runs) const {
    return fmt::format("runs {} {} {}", runs.size.rows, runs.size.columns, fmt::join(runs.counts, " "));
  }
};

std::string text_of(const Region& region) {
  return fmt::format("\nregion {} {} {}{}{}", region.label.index, region.label.key,
                     std::visit(ShapeText{}, region.shape), region.difficult ? " difficult" : "",
                     region.crowd ? " crowd" : "");
}

std::string text_of(const Mosaic& mosaic) {
  std::string text = fmt::format("\nmosaic {} {} {}", mosaic.n, mosaic.side, mosaic.center_crop);
  for (const MosaicTile& tile : mosaic.tiles)
    text +=
        fmt::format("\ntile {} {} {} {}", tile.name, size_of(tile.path), tile.label.index, tile.label.key);
  return text;
}

}  // namespace

Hash hash_of(const Sample& sample) {
  std::string text = fmt::format("{}\n{}", sample.name, size_of(sample.path));
  for (const Label& label : sample.labels) text += fmt::format("\n{} {}", label.index, label.key);
  for (const Region& region : sample.regions) text += text_of(region);
  for (const Label& label : sample.classes) text += fmt::format("\nclass {} {}", label.index, label.key);
  if (sample.mosaic) text += text_of(*sample.mosaic);
  return hash_text(text);
}

}  // namespace assay
