#include "harness/data/grid_draw.h"

#include <algorithm>
#include <numeric>

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

/// Takes tiles of one mosaic out of what is left; fewer than asked for when they run out.
class MosaicDraw {
 public:
  MosaicDraw(const std::vector<std::string>& classes, const GridRules& rules, Indices& left)
      : classes_(classes), rules_(rules), left_(left) {}

  Indices draw() {
    const std::size_t singles = static_cast<std::size_t>(rules_.tiles) - (rules_.twins ? 1 : 0);
    while (drawn_.size() < singles)
      if (!take([&](std::size_t image) { return fits(image); })) return drawn_;
    if (!rules_.twins) return drawn_;
    const std::string& first = classes_[drawn_.front()];
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
    const auto found = std::ranges::find_if(left_, wanted);
    if (found == left_.end()) return false;
    drawn_.push_back(*found);
    left_.erase(found);
    return true;
  }

  const std::vector<std::string>& classes_;
  const GridRules& rules_;
  Indices& left_;
  Indices drawn_;
};

}  // namespace

std::vector<std::vector<std::size_t>> draw_grids(const std::vector<std::string>& classes,
                                                 const GridRules& rules) {
  std::vector<Indices> grids;
  Indices left = shuffled(classes.size(), rules.seed);
  while (rules.count == 0 || std::ssize(grids) < rules.count) {
    if (rules.reuse) left = shuffled(classes.size(), mix_seed({rules.seed, grids.size()}));
    Indices grid = MosaicDraw(classes, rules, left).draw();
    if (std::ssize(grid) < rules.tiles) break;
    grids.push_back(std::move(grid));
  }
  return grids;
}

}  // namespace assay
