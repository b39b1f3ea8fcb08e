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

std::string text_of(const std::vector<Region>& regions) {
  std::string text;
  for (const Region& region : regions)
    text += fmt::format("\nregion {} {} {}{}", region.label.index, region.label.key,
                        std::visit(ShapeText{}, region.shape), region.difficult ? " difficult" : "");
  return text;
}

std::string text_of(const Mosaic& mosaic) {
  std::string text = fmt::format("\nmosaic area {} {} {}", mosaic.n, mosaic.side, mosaic.center_crop);
  for (const MosaicTile& tile : mosaic.tiles)
    text += fmt::format("\ntile {} {} {} {} {}", tile.part, tile.name, size_of(tile.path), tile.label.index,
                        tile.label.key);
  return text;
}

/// Hashes one sample after the other; what the last one has in common with the next is kept.
class SampleHasher {
 public:
  Hash operator()(const Sample& sample) {
    const bool same = last_ && !sample.image.empty() && picture_of(*last_) == picture_of(sample) &&
                      last_->path == sample.path;
    if (!same) size_ = size_of(sample.path);
    if (!same || last_->regions != sample.regions) regions_ = text_of(sample.regions);
    if (!same || last_->mosaic != sample.mosaic) mosaic_ = sample.mosaic ? text_of(*sample.mosaic) : "";
    last_ = &sample;
    std::string text = fmt::format("{}\n{}", sample.name, size_);
    for (const Label& label : sample.labels) text += fmt::format("\n{} {}", label.index, label.key);
    text += regions_;
    for (const Label& label : sample.classes) text += fmt::format("\nclass {} {}", label.index, label.key);
    return hash_text(text + mosaic_);
  }

 private:
  const Sample* last_ = nullptr;
  std::uintmax_t size_ = 0;
  std::string regions_, mosaic_;
};

}  // namespace

Hash hash_of(const Sample& sample) {
  return SampleHasher()(sample);
}

std::vector<Hash> hashes_of(const std::vector<Sample>& samples) {
  SampleHasher hasher;
  std::vector<Hash> hashes;
  for (const Sample& sample : samples) hashes.push_back(hasher(sample));
  return hashes;
}

}  // namespace assay
