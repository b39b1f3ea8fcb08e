#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace assay {

/// How images are drawn for mosaics.
struct GridRules {
  int tiles = 4;           // of a mosaic
  bool distinct = true;    // no class twice on a mosaic
  bool reuse = false;      // an image may be on several mosaics; each mosaic is then a draw of its own
  bool twins = false;      // the last tile repeats the class of the first, all others are distinct; the first
                           // is of a class with two images left, where none has, the last repeats its image
  std::int64_t count = 0;  // mosaics at most; 0 (only without reuse): as many as can be filled
  std::uint64_t seed = 1;
};

/// Mosaics of images with these classes: their indices in the order in which they are drawn. Images come in
/// shuffled order; one whose class is on the mosaic already waits for the next. Ends at the first mosaic that
/// cannot be filled.
std::vector<std::vector<std::size_t>> draw_grids(const std::vector<std::string>& classes,
                                                 const GridRules& rules);

}  // namespace assay
