// RISE. Petsiuk, Das & Saenko, "RISE: randomized input sampling for explanation of black-box models", BMVC
// 2018 (papers.md 7.1).
//   S_i = 1 / (N p) sum_n f_y(x M_n) M_n,i      (`by: probability`, the paper's)
//   S_i = sum_n f_y(x M_n) M_n,i / sum_n M_n,i  (`by: mask-sum`: free of how often a pixel happened to show)
// x = normalised input, so that what is masked becomes the mean colour; M_n = an s x s grid of Bernoulli(p)
// values, bilinearly enlarged to (s+1) cells of ceil(H/s) x ceil(W/s) pixels, and cut at a random shift of
// less than a cell. The masks belong to the image: they depend on the run's seed, its name and the word
// "rise" alone, so all classes share the forwards. Unlike occ, places overlap at random and at one coarse
// scale.
#include <fmt/format.h>

#include <algorithm>

#include "harness/core/seed.h"
#include "harness/network/mean_pixels.h"
#include "harness/network/summary.h"
#include "harness/network/tensor.h"
#include "harness/vision/vision.h"
#include "methods/by_image.h"
#include "methods/method.h"
#include "methods/scores.h"

namespace assay {
namespace {

constexpr std::int64_t kMasksAtOnce = 64;  // fixed: sums are taken so many at a time

class RandomisedSampling : public Method {
 public:
  explicit RandomisedSampling(Params& params)
      : count_(positive(params, "masks", 4000, "number of random masks")),
        grid_(positive(params, "grid", 7, "cells of a mask along each side")),
        keep_(params.get("keep", 0.5, "probability that a cell shows the image")),
        by_sum_(params.choice("by", "probability", {"probability", "mask-sum"},
                              "what the sum is divided by: N p, or how often a pixel showed") == "mask-sum"),
        score_(read_score(params, {"probability", "logit"})) {
    if (!(keep_ > 0 && keep_ <= 1)) params.fail("keep", "must lie in 0..1, above 0");
  }

  Attribution attribute(Subject& subject, std::span<const Query> queries) const override {
    return {image_by_image(queries, [&](const ImageQueries& one) { return explain_image(subject, one); })};
  }

  Cost price(const Network& network) const override { return cost_of_passes(network, count_); }

  std::string shared_work() const override { return fmt::format("rise {} {} {}", count_, grid_, keep_); }

  bool uses_seed() const override { return true; }

 private:
  /// Masks first .. first+n of an image, [n,1,H,W] float32 on the device.
  Tensor masks(const Subject& subject, std::int64_t image, std::int64_t first, std::int64_t n) const {
    const std::int64_t height = subject.pixels().size(2), width = subject.pixels().size(3);
    const std::int64_t cell_height = (height + grid_ - 1) / grid_, cell_width = (width + grid_ - 1) / grid_;
    const std::uint64_t seed = mix_seed(subject.seed(image), "rise");
    Tensor cells = at::empty({n, grid_, grid_}, at::kFloat);
    std::vector<std::int64_t> tops, lefts;
    float* cell = cells.data_ptr<float>();
    for (std::int64_t i = 0; i < n; ++i) {
      Random random(mix_seed({seed, static_cast<std::uint64_t>(first + i)}));
      for (std::int64_t k = 0; k < grid_ * grid_; ++k) *cell++ = random.uniform() < keep_ ? 1 : 0;
      tops.push_back(static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(cell_height))));
      lefts.push_back(static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(cell_width))));
    }
    const Tensor large = resize_bilinear(cells.to(subject.pixels().device()), (grid_ + 1) * cell_height,
                                         (grid_ + 1) * cell_width);
    std::vector<Tensor> cut;
    for (std::int64_t i = 0; i < n; ++i)
      cut.push_back(large[i]
                        .narrow(0, tops[static_cast<std::size_t>(i)], height)
                        .narrow(1, lefts[static_cast<std::size_t>(i)], width));
    return at::stack(cut).unsqueeze(1);
  }

  /// [N,K] in double.
  Tensor scores(Subject& subject, std::int64_t image) const {
    const Tensor mean = mean_pixels(subject);
    const Tensor pixels = subject.pixels().narrow(0, image, 1);
    const auto fill = [&](std::int64_t first, const Tensor& batch) {
      batch.copy_(mean + (pixels - mean) * masks(subject, image, first, batch.size(0)));
    };
    const std::string key = fmt::format("{} of image {}", shared_work(), image);
    return scores_of(subject.predict_shared(key, count_, fill), score_);
  }

  /// [q,1,H,W].
  Tensor explain_image(Subject& subject, const ImageQueries& one) const {
    const std::int64_t height = subject.pixels().size(2), width = subject.pixels().size(3);
    const Tensor scores = this->scores(subject, one.image);
    Tensor shows = at::zeros({1, height * width}, subject.pixels().options().dtype(at::kDouble));
    std::vector<Tensor> sums(one.queries.size(), shows);
    for (std::int64_t first = 0; first < count_; first += kMasksAtOnce) {
      const std::int64_t n = std::min(kMasksAtOnce, count_ - first);
      const Tensor shown = masks(subject, one.image, first, n).reshape({n, -1}).to(at::kDouble);
      shows = shows + shown.sum(0, /*keepdim=*/true);
      for (std::size_t k = 0; k < sums.size(); ++k) {
        const Tensor weights = scores.narrow(0, first, n).select(1, one.queries[k].target);
        sums[k] = sums[k] + weights.to(shown.device()).reshape({1, n}).mm(shown);
      }
    }
    const Tensor divisor = by_sum_ ? at::where(shows == 0, at::ones_like(shows), shows)
                                   : at::full_like(shows, keep_ * static_cast<double>(count_));
    for (Tensor& sum : sums) sum = (sum / divisor).view({1, height, width});
    return at::stack(sums);
  }

  std::int64_t count_, grid_;
  double keep_;
  bool by_sum_;
  Score score_;
};

}  // namespace

std::unique_ptr<Method> make_rise(Params& params) {
  return std::make_unique<RandomisedSampling>(params);
}

}  // namespace assay
