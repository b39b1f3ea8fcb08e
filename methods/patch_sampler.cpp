#include "methods/patch_sampler.h"

#include <algorithm>

#include "harness/core/error.h"
#include "methods/lower_factor.h"
#include "methods/noise.h"

namespace assay {
namespace {

/// G with G A = B, A lower triangular [m,m], B [n,m]; 0 where A has no pivot.
Tensor solved(const Tensor& triangle, const Tensor& right) {
  const Tensor a = triangle.contiguous(), gain = right.clone().contiguous();
  const std::int64_t m = a.size(0);
  const double* factor = a.data_ptr<double>();
  double* row = gain.data_ptr<double>();
  for (std::int64_t i = 0; i < gain.size(0); ++i, row += m)
    for (std::int64_t j = m - 1; j >= 0; --j) {
      const double pivot = factor[j * m + j];
      row[j] = pivot > 0 ? row[j] / pivot : 0;
      for (std::int64_t k = 0; k < j; ++k) row[k] -= row[j] * factor[j * m + k];
    }
  return gain;
}

}  // namespace

PatchSampler::PatchSampler(PatchStatistics statistics, std::int64_t window)
    : statistics_(std::move(statistics)), window_(window) {
  ASSAY_ASSERT(window_ > 0 && window_ < statistics_.side());
}

/// One factor of the covariance with the rest first, then the window: its lower right block is that of what
/// remains, its lower left one the gain times its upper left one.
const PatchSampler::Condition& PatchSampler::condition(std::int64_t down, std::int64_t right) {
  const auto found = conditions_.find({down, right});
  if (found != conditions_.end()) return found->second;
  const std::int64_t side = statistics_.side();
  std::vector<std::int64_t> inside, outside;
  for (std::int64_t row = 0; row < side; ++row)
    for (std::int64_t column = 0; column < side; ++column) {
      const bool within = row >= down && row < down + window_ && column >= right && column < right + window_;
      (within ? inside : outside).push_back(row * side + column);
    }
  Condition made{.inside = at::tensor(inside, at::kLong),
                 .outside = at::tensor(outside, at::kLong),
                 .gain = {},
                 .factor = {}};
  const Tensor order = at::cat({made.outside, made.inside});
  const std::int64_t n = made.inside.size(0), rest = made.outside.size(0);
  std::vector<Tensor> gains, factors;
  for (std::int64_t channel = 0; channel < 3; ++channel) {
    const Tensor factor =
        lower_factor(statistics_.covariance[channel].index_select(0, order).index_select(1, order));
    const Tensor below = factor.narrow(0, rest, n);
    gains.push_back(solved(factor.narrow(0, 0, rest).narrow(1, 0, rest), below.narrow(1, 0, rest)));
    factors.push_back(below.narrow(1, rest, n));
  }
  made.gain = at::stack(gains);
  made.factor = at::stack(factors);
  return conditions_.emplace(std::array<std::int64_t, 2>{down, right}, std::move(made)).first->second;
}

Tensor PatchSampler::draw(const Tensor& image, std::int64_t top, std::int64_t left, std::int64_t n,
                          std::uint64_t seed) {
  const std::int64_t side = statistics_.side(), before = (side - window_) / 2;
  const auto moved_inside = [&](std::int64_t first, std::int64_t size) {
    return std::clamp<std::int64_t>(first - before, 0, size - side);
  };
  const std::int64_t row = moved_inside(top, image.size(1)), column = moved_inside(left, image.size(2));
  const Condition& its = condition(top - row, left - column);
  const Tensor patch = image.narrow(1, row, side).narrow(2, column, side).reshape({3, -1});
  const Tensor surprise = (patch - statistics_.mean).index_select(1, its.outside);  // [3,rest]
  const Tensor mean = statistics_.mean.index_select(1, its.inside) +
                      its.gain.matmul(surprise.unsqueeze(2)).squeeze(2);  // [3,window]
  const Tensor noise = normal_noise({3, n, its.inside.size(0)}, seed);
  const Tensor drawn = (mean.unsqueeze(1) + noise.matmul(its.factor.transpose(1, 2)))
                           .transpose(0, 1)
                           .reshape({n, 3, window_, window_});
  const auto seen = [&](const Tensor& values) {
    return values.narrow(1, top, window_).narrow(2, left, window_).to(at::kDouble);
  };
  return at::minimum(at::maximum(drawn, seen(statistics_.low)), seen(statistics_.high));
}

}  // namespace assay
