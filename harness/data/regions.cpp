#include "harness/data/regions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/core/error.h"

namespace assay {
namespace {

Tensor blank(ImageSize image) {
  return at::zeros({image.rows, image.columns}, at::kByte);
}

/// The first pixel of `length` whose centre is not before an edge.
std::int64_t first_pixel(double edge, int length) {
  return static_cast<std::int64_t>(std::clamp(std::ceil(edge - 0.5), 0.0, static_cast<double>(length)));
}

/// Where the horizontal line at y crosses an outline, ascending.
std::vector<double> crossings(const Polygons::value_type& corners, double y) {
  std::vector<double> found;
  for (std::size_t i = 0; i < corners.size(); ++i) {
    const auto& [ax, ay] = corners[i];
    const auto& [bx, by] = corners[(i + 1) % corners.size()];
    if ((ay <= y) != (by <= y)) found.push_back(ax + (y - ay) * (bx - ax) / (by - ay));
  }
  std::ranges::sort(found);
  return found;
}

void paint(const Polygons::value_type& corners, Tensor& pixels) {
  const int columns = static_cast<int>(pixels.size(1));
  for (std::int64_t row = 0; row < pixels.size(0); ++row) {
    const std::vector<double> edges = crossings(corners, static_cast<double>(row) + 0.5);
    unsigned char* line = pixels.data_ptr<unsigned char>() + row * columns;
    for (std::size_t i = 0; i + 1 < edges.size(); i += 2)
      for (std::int64_t x = first_pixel(edges[i], columns); x < first_pixel(edges[i + 1], columns); ++x)
        line[x] = 255;
  }
}

}  // namespace

Tensor painted(const Box& box, ImageSize image) {
  Tensor pixels = blank(image);
  const std::int64_t left = first_pixel(box.left, image.columns), top = first_pixel(box.top, image.rows);
  const std::int64_t right = std::max(left, first_pixel(box.right, image.columns));
  const std::int64_t bottom = std::max(top, first_pixel(box.bottom, image.rows));
  pixels.slice(0, top, bottom).slice(1, left, right).fill_(255);
  return pixels;
}

Tensor painted(const Polygons& polygons, ImageSize image) {
  Tensor pixels = blank(image);
  for (const auto& corners : polygons) paint(corners, pixels);
  return pixels;
}

Tensor painted(const RunLengths& runs, ImageSize image) {
  if (runs.size != image)
    throw DataError(fmt::format("the runs are of {} x {} pixels, their image has {} x {}", runs.size.columns,
                                runs.size.rows, image.columns, image.rows));
  check_runs(runs);
  const Tensor turned = at::zeros({image.columns, image.rows}, at::kByte);
  unsigned char* pixel = turned.data_ptr<unsigned char>();
  bool inside = false;
  for (const std::int64_t count : runs.counts) {
    pixel = std::fill_n(pixel, count, static_cast<unsigned char>(inside ? 255 : 0));
    inside = !inside;
  }
  return turned.t().contiguous();
}

void check_runs(const RunLengths& runs) {
  const std::int64_t pixels = std::int64_t{runs.size.rows} * runs.size.columns;
  std::int64_t sum = 0;
  for (const std::int64_t count : runs.counts) {
    if (count < 0) throw DataError(fmt::format("a run has the length {}", count));
    sum += std::min(count, pixels + 1);
    if (sum > pixels) break;
  }
  if (sum != pixels)
    throw DataError(fmt::format("the runs cover {} {} pixels, but the size is {} x {}",
                                sum > pixels ? "more than" : "only", std::min(sum, pixels), runs.size.columns,
                                runs.size.rows));
}

std::vector<std::int64_t> decode_counts(std::string_view text) {
  constexpr int kBits = 5, kLongest = 50;
  std::vector<std::int64_t> counts;
  for (std::size_t i = 0; i < text.size();) {
    std::int64_t value = 0;
    int shift = 0;
    for (bool more = true; more;) {
      if (i == text.size()) throw DataError("the compressed counts end within a number");
      const int group = text[i] - '0';
      if (group < 0 || group > 63 || shift > kLongest)
        throw DataError(
            fmt::format("character {} of the compressed counts, '{}', does not belong", i + 1, text[i]));
      ++i;
      value |= static_cast<std::int64_t>(group & 31) << shift;
      shift += kBits;
      more = (group & 32) != 0;
      if (!more && (group & 16) != 0) value -= std::int64_t{1} << shift;
    }
    if (counts.size() > 2) value += counts[counts.size() - 2];
    counts.push_back(value);
  }
  return counts;
}

}  // namespace assay
