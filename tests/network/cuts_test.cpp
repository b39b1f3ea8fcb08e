#include "harness/network/cuts.h"

#include <gtest/gtest.h>

#include "tests/toy.h"

namespace assay {
namespace {

using test::normal;

/// Element by element.
Tensor slow_cut(const Tensor& base, const Tensor& values, const Cuts& changed, const Cuts& wanted,
                double fill) {
  const auto images = static_cast<std::int64_t>(wanted.first[0].size());
  const Tensor result = at::empty({images, base.size(1), wanted.size[0], wanted.size[1]}, base.options());
  for (std::int64_t image = 0; image < images; ++image)
    for (std::int64_t i = 0; i < wanted.size[0]; ++i)
      for (std::int64_t j = 0; j < wanted.size[1]; ++j) {
        const std::int64_t row = wanted.first[0][image] + i, column = wanted.first[1][image] + j;
        const std::int64_t part_row = row - changed.first[0][image],
                           part_column = column - changed.first[1][image];
        const Tensor pixel = result[image].select(1, i).select(1, j);
        if (row < 0 || row >= base.size(2) || column < 0 || column >= base.size(3))
          pixel.fill_(fill);
        else if (part_row >= 0 && part_row < changed.size[0] && part_column >= 0 &&
                 part_column < changed.size[1])
          pixel.copy_(values[image].select(1, part_row).select(1, part_column));
        else
          pixel.copy_(base[0].select(1, row).select(1, column));
      }
  return result;
}

/// Changed parts beside, across and inside the cut; cuts inside the map, over each edge and around all of it.
TEST(Cut, EqualsTheLoopOverItsElements) {
  const Tensor base = normal({1, 3, 9, 7}, 1), values = normal({6, 3, 4, 3}, 2);
  const Cuts changed{{4, 3}, {{{0, 5, 2, 1, 5, 3}, {0, 4, 2, 4, 0, 2}}}};
  for (const Cuts& wanted : {Cuts{{3, 2}, {{{4, 0, 3, -1, 7, 3}, {4, 0, 3, -1, 6, 3}}}},
                             Cuts{{6, 5}, {{{-2, 4, 1, 0, 5, 3}, {-1, 4, 1, 2, -3, 2}}}},
                             Cuts{{12, 11}, {{{-1, -2, -3, -1, -2, 0}, {-2, -2, -4, -1, -2, 0}}}}})
    for (const double fill : {0.0, -3.5}) {
      const Tensor expected = slow_cut(base, values, changed, wanted, fill);
      EXPECT_TRUE(at::equal(cut(base, values, changed, wanted, fill), expected));
      const Tensor in_double = cut(base.to(at::kDouble), values.to(at::kDouble), changed, wanted, fill);
      EXPECT_TRUE(at::equal(in_double, expected.to(at::kDouble)));
      Cuts nothing = changed;
      nothing.size = {0, 0};
      EXPECT_TRUE(at::equal(cut(base, wanted, fill), slow_cut(base, values, nothing, wanted, fill)));
    }
}

TEST(Paste, PutsBackWhatWasCut) {
  const Tensor base = normal({1, 2, 6, 5}, 3), original = base.clone(), values = normal({1, 2, 2, 3}, 4);
  const Cuts place{{2, 3}, {{{4}, {1}}}};
  paste(base, values, place);
  EXPECT_TRUE(at::equal(cut(base, place, 0), values));
  EXPECT_EQ((base != original).sum().item<std::int64_t>(), values.numel());
}

}  // namespace
}  // namespace assay
