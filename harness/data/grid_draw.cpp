#include "harness/data/grid_draw.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <unordered_map>
#include <utility>

#include "harness/core/seed.h"

namespace assay {
namespace {

using Indices = std::vector<std::size_t>;

Indices shuffled(std::size_t size, std::uint64_t seed) {
  Indices order(size);
  std::iota(order.begin(), order.end(), std::size_t{0});
  Random random(seed);
  for (std::size_t i = 0; i + 1 < size; ++i) std::swap(order[i], order[i + random.below(size - i)]);
  return order;
}

/// A number for each class, by image.
Indices class_numbers(const std::vector<std::string>& classes) {
  std::unordered_map<std::string, std::size_t> numbers;
  Indices of_image;
  for (const std::string& name : classes)
    of_image.push_back(numbers.try_emplace(name, numbers.size()).first->second);
  return of_image;
}

/// Images that are on no mosaic yet, in the order in which they are tried.
class Waiting {
 public:
  Waiting(Indices order, const Indices& classes)
      : order_(std::move(order)), next_(order_.size() + 1), classes_(classes), count_(classes.size()) {
    std::iota(next_.begin(), next_.end(), std::size_t{1});
    for (const std::size_t image : order_) ++count_[classes_[image]];
  }

  /// The first that is wanted, which then waits no longer.
  template <class Wanted>
  std::optional<std::size_t> take(Wanted wanted) {
    for (std::size_t before = 0; next_[before] <= order_.size(); before = next_[before]) {
      const std::size_t here = next_[before], image = order_[here - 1];
      if (!wanted(image)) continue;
      next_[before] = next_[here];
      --count_[classes_[image]];
      return image;
    }
    return std::nullopt;
  }

  /// How many images of the image's class wait.
  std::size_t alike(std::size_t image) const { return count_[classes_[image]]; }

 private:
  Indices order_;
  Indices next_;  // [0]: the first that waits; [i]: the one behind order_[i - 1]; each plus one
  const Indices& classes_;
  Indices count_;  // by class
};

/// Takes tiles of one mosaic out of what waits; fewer than asked for when they run out.
class MosaicDraw {
 public:
  MosaicDraw(const Indices& classes, const GridRules& rules, Waiting& waiting)
      : classes_(classes), rules_(rules), waiting_(waiting) {}

  Indices draw() {
    const std::size_t singles = static_cast<std::size_t>(rules_.tiles) - (rules_.twins ? 1 : 0);
    if (rules_.twins) take([&](std::size_t image) { return waiting_.alike(image) > 1; });
    while (drawn_.size() < singles)
      if (!take([&](std::size_t image) { return fits(image); })) return drawn_;
    if (!rules_.twins) return drawn_;
    const std::size_t first = classes_[drawn_.front()];
    if (!take([&](std::size_t image) { return classes_[image] == first; })) drawn_.push_back(drawn_.front());
    return drawn_;
  }

 private:
  bool fits(std::size_t image) const {
    const auto same = [&](std::size_t other) { return classes_[other] == classes_[image]; };
    return !(rules_.distinct || rules_.twins) || std::ranges::none_of(drawn_, same);
  }

  template <class Wanted>
  bool take(Wanted wanted) {
    const std::optional<std::size_t> image = waiting_.take(wanted);
    if (image) drawn_.push_back(*image);
    return image.has_value();
  }

  const Indices& classes_;
  const GridRules& rules_;
  Waiting& waiting_;
  Indices drawn_;
};

}  // namespace

std::vector<std::vector<std::size_t>> draw_grids(const std::vector<std::string>& classes,
                                                 const GridRules& rules) {
  std::vector<Indices> grids;
  const Indices numbers = class_numbers(classes);
  std::optional<Waiting> waiting(std::in_place, shuffled(classes.size(), rules.seed), numbers);
  while (rules.count == 0 || std::ssize(grids) < rules.count) {
    if (rules.reuse) waiting.emplace(shuffled(classes.size(), mix_seed({rules.seed, grids.size()})), numbers);
    Indices grid = MosaicDraw(numbers, rules, *waiting).draw();
    if (std::ssize(grid) < rules.tiles) break;
    grids.push_back(std::move(grid));
  }
  return grids;
}

}  // namespace assay
