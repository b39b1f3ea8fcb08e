#include "methods/patch_statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/core/error.h"
#include "harness/core/seed.h"
#include "harness/network/safetensors.h"

namespace assay {
namespace {

constexpr double kMiddle = 128;
constexpr double kRoundingVariance = 1.0 / 12;
constexpr std::int64_t kPatchesAtOnce = 1000;  // bounds the memory

void check_shape(bool fits, const std::string& file, const char* name) {
  if (!fits)
    throw DataError(fmt::format("{}: tensor '{}' is not what 'assay fit-patches' writes", file, name));
}

void check_shapes(const PatchStatistics& s, const std::string& file) {
  check_shape(s.mean.dim() == 2 && s.mean.size(0) == 3 && s.mean.size(1) > 0, file, "mean");
  const std::int64_t side = s.side(), values = side * side;
  check_shape(s.mean.scalar_type() == at::kDouble && s.mean.size(1) == values, file, "mean");
  check_shape(s.covariance.scalar_type() == at::kDouble &&
                  s.covariance.sizes() == at::IntArrayRef({3, values, values}),
              file, "covariance");
  check_shape(s.low.scalar_type() == at::kByte && s.low.dim() == 3 && s.low.size(0) == 3 &&
                  s.low.size(1) >= side && s.low.size(2) >= side,
              file, "low");
  check_shape(s.high.scalar_type() == at::kByte && s.high.sizes() == s.low.sizes(), file, "high");
  check_shape(s.images.scalar_type() == at::kByte && s.images.dim() == 4 &&
                  s.images.sizes().slice(1) == s.low.sizes(),
              file, "images");
}

}  // namespace

std::int64_t PatchStatistics::side() const {
  return std::llround(std::sqrt(static_cast<double>(mean.size(1))));
}

PatchStatistics PatchStatistics::cut_to(std::int64_t side) const {
  const std::int64_t whole = this->side(), before = (whole - side) / 2;
  ASSAY_ASSERT(side > 0 && side <= whole);
  const Tensor places = at::arange(whole * whole, at::kLong)
                            .view({whole, whole})
                            .narrow(0, before, side)
                            .narrow(1, before, side)
                            .reshape({-1});
  return {.mean = mean.index_select(1, places),
          .covariance = covariance.index_select(1, places).index_select(2, places),
          .low = low,
          .high = high,
          .images = images};
}

PatchStatistics PatchStatistics::in_order(bool bgr) const {
  if (!bgr) return *this;
  return {.mean = mean.flip(0),
          .covariance = covariance.flip(0),
          .low = low.flip(0),
          .high = high.flip(0),
          .images = images.flip(1)};
}

void save_patches(const PatchStatistics& statistics, const std::string& file) {
  write_safetensors({{"mean", statistics.mean},
                     {"covariance", statistics.covariance},
                     {"low", statistics.low},
                     {"high", statistics.high},
                     {"images", statistics.images}},
                    file);
}

PatchStatistics load_patches(const std::string& file) {
  const std::map<std::string, Tensor> tensors = read_safetensors(file);
  const auto tensor = [&](const char* name) {
    check_shape(tensors.contains(name), file, name);
    return tensors.at(name);
  };
  const PatchStatistics statistics{.mean = tensor("mean"),
                                   .covariance = tensor("covariance"),
                                   .low = tensor("low"),
                                   .high = tensor("high"),
                                   .images = tensor("images")};
  check_shapes(statistics, file);
  return statistics;
}

PatchFit::PatchFit(std::int64_t height, std::int64_t width, std::int64_t side, std::int64_t kept)
    : side_(side),
      kept_count_(kept),
      sum_(at::zeros({3, side * side}, at::kDouble)),
      products_(at::zeros({3, side * side, side * side}, at::kDouble)),
      low_(at::full({3, height, width}, 255, at::kByte)),
      high_(at::zeros({3, height, width}, at::kByte)) {
  ASSAY_ASSERT(side > 0 && side <= height && side <= width);
}

void PatchFit::add(const Tensor& image, std::int64_t patches, std::uint64_t seed) {
  ASSAY_ASSERT(image.scalar_type() == at::kByte && image.sizes() == low_.sizes());
  const auto rows = static_cast<std::uint64_t>(image.size(1) - side_ + 1);
  const auto columns = static_cast<std::uint64_t>(image.size(2) - side_ + 1);
  const Tensor values = image.to(at::kDouble) - kMiddle;
  Random random(seed);
  for (std::int64_t first = 0; first < patches; first += kPatchesAtOnce) {
    std::vector<Tensor> drawn;
    for (std::int64_t i = first; i < std::min(first + kPatchesAtOnce, patches); ++i) {
      const auto top = static_cast<std::int64_t>(random.below(rows));
      const auto left = static_cast<std::int64_t>(random.below(columns));
      drawn.push_back(values.narrow(1, top, side_).narrow(2, left, side_).reshape({3, -1}));
    }
    const Tensor some = at::stack(drawn, 1);  // [3,n,l*l]
    sum_ += some.sum(1);
    products_ += some.transpose(1, 2).matmul(some);
  }
  low_ = at::minimum(low_, image);
  high_ = at::maximum(high_, image);
  if (images_ < kept_count_) kept_.push_back(image.clone());
  ++images_;
  patches_ += patches;
}

PatchStatistics PatchFit::finish() const {
  ASSAY_ASSERT(patches_ > 0);
  const auto n = static_cast<double>(patches_);
  const Tensor mean = sum_ / n;
  const Tensor rounding = at::eye(side_ * side_, at::kDouble) * kRoundingVariance;
  return {
      .mean = mean + kMiddle,
      .covariance = products_ / n - mean.unsqueeze(2) * mean.unsqueeze(1) + rounding,
      .low = low_,
      .high = high_,
      .images = kept_.empty() ? at::empty({0, 3, low_.size(1), low_.size(2)}, at::kByte) : at::stack(kept_)};
}

}  // namespace assay
