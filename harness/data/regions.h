#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "harness/network/tensor.h"

namespace assay {

/// Pixels of an image file.
struct ImageSize {
  int rows = 0, columns = 0;
  bool operator==(const ImageSize&) const = default;
};

// Shapes on an image as it is stored. Pixel (row, column) covers the square from (column, row) to
// (column + 1, row + 1); it belongs to a shape when its centre lies inside, left and top edges included.

struct Box {
  double left = 0, top = 0, right = 0, bottom = 0;
  bool operator==(const Box&) const = default;
};

/// Closed outlines, corners (x, y); inside is what a ray leaves an odd number of times. Their union.
using Polygons = std::vector<std::vector<std::array<double, 2>>>;

/// Lengths of runs outside, inside, outside ... of the object, down the columns, one column behind the other
/// (COCO).
struct RunLengths {
  ImageSize size;
  std::vector<std::int64_t> counts;
  bool operator==(const RunLengths&) const = default;
};

/// The first is an image file of the image's size: not black = the object.
using RegionShape = std::variant<std::string, Box, Polygons, RunLengths>;

/// uint8 [rows,columns], 255 on the shape, which may reach beyond the image.
Tensor painted(const Box& box, ImageSize image);
Tensor painted(const Polygons& polygons, ImageSize image);
/// Throws DataError where check_runs() does, and for another size than the image's.
Tensor painted(const RunLengths& runs, ImageSize image);

/// Throws DataError when a count is negative or they do not add up to the size.
void check_runs(const RunLengths& runs);

/// COCO's compressed counts: numbers in groups of five bits, lowest first, as characters from '0'; from the
/// fourth on, differences to the last but one. Throws DataError naming the character that does not belong.
std::vector<std::int64_t> decode_counts(std::string_view text);

}  // namespace assay
