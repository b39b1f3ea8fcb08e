#pragma once

#include <array>
#include <map>
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

/// What rectangles of one length can reach along one side of the maps, by their place: from 1 - length, where
/// all but one row or column overhangs the image, to the image's last row or column.
using Reaches = std::vector<Reach>;

/// Sorts the places of rectangles of one length along one side (0 rows, 1 columns) by the work that their
/// reach makes, as a share of the most: near the edges of the image, where they overhang or their reach is
/// cut off, it is less. 0 is the dearest class of kPlaceClasses.
std::vector<int> place_classes(const Network& network, std::span<const Shape> shapes, int side,
                               std::int64_t length);
inline constexpr int kPlaceClasses = 4;

/// The rectangles that a plan is for.
struct Rectangles {
  std::array<std::int64_t, 2> size{0, 0};     // height, width; px
  std::array<std::vector<bool>, 2> places{};  // by side, by place: whether one may be there
};

/// What a changed rectangle can reach in every layer. In a layer the windows are of one size wherever the
/// rectangle lies, so that many rectangles share a batch: the largest of all places, moved to stay inside the
/// map. Where a window would cover most of a map, and where outputs depend on everything, it is the whole
/// map. Holds arithmetic only.
class WindowPlan {
 public:
  /// `shapes` are output_shapes(network).
  WindowPlan(const Network& network, std::span<const Shape> shapes, Rectangles rectangles);

  bool is_whole(int layer) const { return windows_[layer].whole; }
  /// The windows of a layer that is a map, for rectangles at (tops[i], lefts[i]).
  Cuts windows(int layer, std::span<const std::int64_t> tops, std::span<const std::int64_t> lefts) const;
  /// Of one rectangle.
  const Work& work() const { return work_; }

 private:
  struct Window {
    bool whole = false;
    std::array<std::int64_t, 2> size{0, 0};
    std::array<std::vector<std::int64_t>, 2> first{};  // by side and place
  };
  Window window_of(const Shape& shape, std::array<Reaches, 2>& reaches) const;
  void count(const Layer& layer, const Shape& shape, const Window& window);

  Rectangles rectangles_;
  std::vector<Window> windows_;
  Work work_;
};

/// The plans of one network, made when first asked for: one for each size and, on a CPU, each pair of classes
/// of places; on other devices, where small batches do not pay, one for each size. Not for several threads at
/// once.
class WindowPlans {
 public:
  explicit WindowPlans(const Network& network);

  /// Height, width, class of the row, class of the column.
  using Key = std::array<std::int64_t, 4>;
  Key key(std::int64_t top, std::int64_t left, std::int64_t height, std::int64_t width) const;
  const WindowPlan& plan(const Key& key) const;
  std::span<const Shape> shapes() const { return shapes_; }

 private:
  const std::vector<int>& classes(int side, std::int64_t length) const;

  Network network_;
  std::vector<Shape> shapes_;
  mutable std::map<std::array<std::int64_t, 2>, std::vector<int>> classes_;  // by side and length
  mutable std::map<Key, WindowPlan> plans_;
};

}  // namespace assay
