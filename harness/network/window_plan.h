#pragma once

#include <optional>
#include <span>
#include <vector>

#include "harness/core/record.h"
#include "harness/network/cuts.h"
#include "harness/network/kernels.h"
#include "harness/network/reach.h"
#include "harness/network/shapes.h"

namespace assay {

/// How a layer whose inputs and output are maps reads along one side (0 rows, 1 columns) where an output
/// depends on a window of the input (one pixel for element-wise kinds); nothing for all other layers.
std::optional<PoolSide> local_side(const Layer& layer, const Shape& in, const Shape& out, int side);

/// What a changed rectangle of one size can reach in every layer. In a layer the windows are of one size
/// wherever the rectangle lies, so that many rectangles share a batch: the largest of all positions, moved to
/// stay inside the map. Where a window would cover most of a map, and where outputs depend on everything, it
/// is the whole map. Holds arithmetic only.
class WindowPlan {
 public:
  /// The rectangle has height x width pixels and may overhang the image by all but one row and column;
  /// `shapes` are output_shapes(network).
  WindowPlan(const Network& network, std::span<const Shape> shapes, std::int64_t height, std::int64_t width);

  bool is_whole(int layer) const { return windows_[layer].whole; }
  /// The windows of a layer that is a map, for rectangles at (tops[i], lefts[i]).
  Cuts windows(int layer, std::span<const std::int64_t> tops, std::span<const std::int64_t> lefts) const;
  /// Of one rectangle.
  const Work& work() const { return work_; }

 private:
  struct Window {
    bool whole = false;
    std::array<std::int64_t, 2> size{0, 0};
    std::array<std::vector<std::int64_t>, 2>
        first{};  // by side, by position of the rectangle from 1 - its size
  };
  using Reaches = std::array<std::vector<Reach>, 2>;  // by side and position
  Reaches reaches_of_input(const Shape& shape) const;
  std::optional<Reaches> reaches_of(const Layer& layer, std::span<const Shape> shapes,
                                    std::span<const Reaches> reaches) const;
  static Window window_of(const Shape& shape, Reaches& reaches);
  void count(const Layer& layer, const Shape& shape, const Window& window);

  std::array<std::int64_t, 2> rectangle_;
  std::vector<Window> windows_;
  Work work_;
};

}  // namespace assay
