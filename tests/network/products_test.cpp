#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "harness/network/kernels.h"

namespace assay {
namespace {

constexpr std::int64_t kRows = 13, kInputs = 37, kStride = 40;

std::vector<float> drawn(std::int64_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<float> values(count);
  std::ranges::generate(values, [&] { return std::uniform_real_distribution<float>(-1, 1)(random); });
  return values;
}

class AddProducts : public testing::TestWithParam<std::int64_t> {
 protected:
  const std::int64_t width_ = GetParam();
  const std::vector<float> weights_ = drawn(kRows * kStride, 1), pack_ = drawn(kInputs * width_, 2),
                           sums_ = drawn((kRows + 1) * width_, 3);

  /// sums [kRows,width] with pack and sums `offset` floats behind where their memory begins.
  std::vector<float> product(std::int64_t offset) {
    std::vector<float> images(pack_.size() + offset), result(sums_.size() + offset);
    std::ranges::copy(pack_, images.begin() + offset);
    std::ranges::copy(sums_, result.begin() + offset);
    add_products(weights_.data(), kStride, images.data() + offset, result.data() + offset, kRows, kInputs,
                 width_);
    return {result.begin() + offset, result.end()};
  }
};

TEST_P(AddProducts, AreWhatTheSumSays) {
  const std::vector<float> result = product(0);
  for (std::int64_t row = 0; row < kRows; ++row)
    for (std::int64_t image = 0; image < width_; ++image) {
      double expected = sums_[row * width_ + image];
      for (std::int64_t i = 0; i < kInputs; ++i)
        expected += static_cast<double>(weights_[row * kStride + i]) * pack_[i * width_ + image];
      EXPECT_NEAR(result[row * width_ + image], expected, 1e-5) << row << ' ' << image;
    }
}

TEST_P(AddProducts, DoNotReachBehindTheirSums) {
  const std::vector<float> result = product(0);
  EXPECT_TRUE(std::equal(sums_.end() - width_, sums_.end(), result.end() - width_));
}

TEST_P(AddProducts, DoNotDependOnWhereMemoryBegins) {
  const std::vector<float> aligned = product(0);
  for (std::int64_t offset = 1; offset < kLane; ++offset) EXPECT_EQ(product(offset), aligned) << offset;
}

INSTANTIATE_TEST_SUITE_P(Widths, AddProducts, testing::Values(8, 16, 24, 32),
                         [](const auto& info) { return "Width" + std::to_string(info.param); });

}  // namespace
}  // namespace assay
