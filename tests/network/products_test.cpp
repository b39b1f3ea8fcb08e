#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "harness/network/kernels.h"

namespace assay {
namespace {

constexpr std::int64_t kRows = 13, kInputs = 37, kStride = 40;

std::vector<float> drawn(std::int64_t count) {
  static std::mt19937 random(7);
  std::vector<float> values(count);
  std::ranges::generate(values, [] { return std::uniform_real_distribution<float>(-1, 1)(random); });
  return values;
}

class AddProducts : public testing::TestWithParam<std::int64_t> {
 protected:
  std::int64_t width = GetParam();
  std::vector<float> weights = drawn(kRows * kStride), pack = drawn(kInputs * width + kLane),
                     sums = drawn(kRows * width + kLane);

  /// sums [kRows,width] with pack and sums `offset` floats behind where their memory begins.
  std::vector<float> product(std::int64_t offset) {
    std::vector<float> images(pack.size() + offset), result(sums.size() + offset);
    std::ranges::copy(pack, images.begin() + offset);
    std::ranges::copy(sums, result.begin() + offset);
    add_products(weights.data(), kStride, images.data() + offset, result.data() + offset, kRows, kInputs,
                 width);
    return {result.begin() + offset, result.end()};
  }
};

TEST_P(AddProducts, AreWhatTheSumSays) {
  const std::vector<float> result = product(0);
  for (std::int64_t row = 0; row < kRows; ++row)
    for (std::int64_t image = 0; image < width; ++image) {
      double expected = sums[row * width + image];
      for (std::int64_t i = 0; i < kInputs; ++i)
        expected += static_cast<double>(weights[row * kStride + i]) * pack[i * width + image];
      EXPECT_NEAR(result[row * width + image], expected, 1e-5) << row << ' ' << image;
    }
}

TEST_P(AddProducts, DoNotReachBehindTheirSums) {
  const std::vector<float> result = product(0);
  EXPECT_TRUE(std::equal(sums.end() - kLane, sums.end(), result.end() - kLane));
}

TEST_P(AddProducts, DoNotDependOnWhereMemoryBegins) {
  const std::vector<float> aligned = product(0);
  for (std::int64_t offset = 1; offset < kLane; ++offset) EXPECT_EQ(product(offset), aligned) << offset;
}

INSTANTIATE_TEST_SUITE_P(Widths, AddProducts, testing::Values(8, 16, 24, 32),
                         [](const auto& info) { return "Width" + std::to_string(info.param); });

}  // namespace
}  // namespace assay
