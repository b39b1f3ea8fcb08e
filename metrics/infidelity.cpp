// Infidelity. Yeh, Hsieh, Suggala, Inouye & Ravikumar, "On the (in)fidelity and sensitivity of explanations",
// NeurIPS 2019 (papers.md 7.4).
//   INFD = E_I[(s - d)^2],   s = I^T Phi, d = f_y(x) - f_y(x - I)
//   beta = E[s d] / E[s^2]: with optimal scaling E[(d - beta s)^2] = E[d^2] - E[s d]^2 / E[s^2]
// Phi = map R of contributions, which have been multiplied by the input already: I is what share of its
// distance to the base b each pixel goes, m in 0..1, x - I is x + m (b - x), and s = sum_i m_i R_i. Two
// distributions:
//   squares: m is 1 on a square of one of the sides `sides` (in turn) at a uniform place, 0 elsewhere: theirs
//   for
//            "square removal", where they take all places instead of a sample
//   fade:    m is uniform in 0..1, independent for each pixel, in place of their noisy baseline; they have
//   one
//            number a channel, and our maps one a pixel
// b is the base `mean`, which the normalisation turns into 0. A map keeps its sign and zero here: scale: none
// or max-abs, and the first of them if the raw number is to mean anything. Perturbations belong to the image:
// they depend on the run's seed, its name and the word "infidelity" alone, so all maps and classes share the
// forwards.
#include <fmt/format.h>

#include <algorithm>

#include "harness/core/seed.h"
#include "harness/network/state.h"
#include "harness/network/summary.h"
#include "metrics/bases.h"
#include "metrics/drops.h"
#include "metrics/mask_walks.h"
#include "metrics/metric.h"
#include "metrics/noise.h"
#include "metrics/score_curves.h"
#include "metrics/sensitivity_scores.h"

namespace assay {
namespace {

/// A square of one perturbation.
struct FadedSquare {
  std::int64_t top, left, side;
};

/// Of the perturbation `sample` of an image of that size; sides in turn, cut to the image.
FadedSquare drawn_square(const std::vector<std::int64_t>& sides, std::uint64_t seed, std::int64_t sample,
                         std::int64_t height, std::int64_t width) {
  Random random(mix_seed({seed, static_cast<std::uint64_t>(sample)}));
  const std::int64_t side = std::min({sides[static_cast<std::size_t>(sample) % sides.size()], height, width});
  const auto place = [&](std::int64_t length) {
    return static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(length - side + 1)));
  };
  const std::int64_t top = place(height);
  return {top, place(width), side};
}

/// The perturbations of one image under some settings.
class Fading {
 public:
  Fading(Subject& subject, std::int64_t image, const Json& settings, const Tensor& base)
      : subject_(subject),
        image_(image),
        settings_(settings),
        base_(base[image]),
        pixels_(subject.pixels()[image]),
        height_(pixels_.size(1)),
        width_(pixels_.size(2)),
        samples_(settings.at("samples").get<std::int64_t>()),
        seed_(mix_seed(subject.seed(image), "infidelity")),
        squares_(settings.at("perturbation") == "squares") {}

  /// [samples,K].
  Tensor logits() {
    Json identity = settings_;
    identity.erase("score");
    const std::string key = fmt::format("infidelity {}", identity.dump());
    if (squares_) return subject_.predict_shared(key, image_, removals());
    const auto fill = [&](std::int64_t first, const Tensor& batch) {
      for (std::int64_t i = 0; i < batch.size(0); ++i)
        batch[i].copy_(pixels_ + fade(first + i).to(pixels_.device()) * (base_ - pixels_));
    };
    return subject_.predict_shared(fmt::format("{} of image {}", key, image_), samples_, fill);
  }

  /// s of each perturbation; `map` row by row.
  std::vector<double> sums(const std::vector<double>& map) const {
    std::vector<double> all;
    for (std::int64_t i = 0; i < samples_; ++i)
      all.push_back(squares_ ? square_sum(map, i) : fade_sum(map, i));
    return all;
  }

 private:
  FadedSquare square(std::int64_t sample) const {
    return drawn_square(settings_.at("sides").get<std::vector<std::int64_t>>(), seed_, sample, height_,
                        width_);
  }

  std::vector<Perturbation> removals() const {
    const Tensor base = subject_.network().normalise(base_.unsqueeze(0))[0];
    std::vector<Perturbation> all;
    for (std::int64_t i = 0; i < samples_; ++i) {
      const FadedSquare one = square(i);
      all.push_back({.top = one.top,
                     .left = one.left,
                     .pixels = base.narrow(1, one.top, one.side).narrow(2, one.left, one.side)});
    }
    return all;
  }

  /// [H,W] on the CPU.
  Tensor fade(std::int64_t sample) const {
    return uniform_noise({height_, width_}, 0, 1, mix_seed({seed_, static_cast<std::uint64_t>(sample)}));
  }

  double square_sum(const std::vector<double>& map, std::int64_t sample) const {
    const FadedSquare one = square(sample);
    double sum = 0;
    for (std::int64_t row = one.top; row < one.top + one.side; ++row)
      for (std::int64_t column = one.left; column < one.left + one.side; ++column)
        sum += map[static_cast<std::size_t>(row * width_ + column)];
    return sum;
  }

  double fade_sum(const std::vector<double>& map, std::int64_t sample) const {
    const Tensor shares = fade(sample);
    const float* share = shares.data_ptr<float>();
    double sum = 0;
    for (std::size_t i = 0; i < map.size(); ++i) sum += share[i] * map[i];
    return sum;
  }

  Subject& subject_;
  std::int64_t image_;
  const Json& settings_;
  Tensor base_, pixels_; /* [3,H,W] */
  std::int64_t height_, width_, samples_;
  std::uint64_t seed_;
  bool squares_;
};

Json infidelity_settings(Params& params) {
  const std::string perturbation =
      params.choice("perturbation", "squares", {"squares", "fade"},
                    "what is taken from the image: squares, or a share of each pixel");
  const auto sides = params.get<std::vector<int>>("sides", {8, 16, 32}, "sides of the squares, px, in turn");
  const std::int64_t samples = positive(params, "samples", 300, "random perturbations");
  if (sides.empty()) params.fail("sides", "the list is empty");
  for (const int side : sides)
    if (side < 1) params.fail("sides", "each must be at least 1");
  Json settings{{"perturbation", perturbation}, {"samples", samples}, {"score", read_drop_score(params)}};
  if (perturbation == "squares") settings["sides"] = sides;
  return settings;
}

class Infidelity : public Metric {
 public:
  explicit Infidelity(Params& params)
      : bases_(
            read_bases(params, {"mean"},
                       "what is there instead: mean, zero, gray, inverted, gaussian(11, 5), box(17) (quote "
                       "parentheses with commas)")),
        settings_(infidelity_settings(params)) {}

  std::vector<Column> columns() const override { return infidelity_columns(); }

  std::vector<Variant> variants() const override {
    std::vector<Variant> all;
    for (const std::string& base : bases_) {
      Json settings = settings_;
      settings["base"] = base;
      all.push_back({fmt::format("base={}", base), std::move(settings)});
    }
    return all;
  }

  bool reads_sign() const override { return true; }
  bool uses_seed(const Json& /*settings*/) const override { return true; }

  std::vector<std::vector<Record>> observe(Subject& subject, std::span<const Task> tasks,
                                           const Truth& /*truth*/) const override {
    BaseImages bases(subject);
    std::vector<std::vector<Record>> records;
    for (const Task& task : tasks) {
      const std::size_t base = bases.place_of(task.settings->at("base").get<std::string>());
      std::vector<Record>& made = records.emplace_back();
      for (std::size_t q = 0; q < task.explanation->queries.size(); ++q)
        made.push_back(measure(subject, task, q, bases.images()[base]));
    }
    return records;
  }

  /// Of squares at other places than any image's, as many.
  Cost price(const Network& network) const override {
    const auto samples = settings_.at("samples").get<std::int64_t>();
    if (settings_.at("perturbation") != "squares") return cost_of_passes(network, samples);
    const auto sides = settings_.at("sides").get<std::vector<std::int64_t>>();
    const Preprocess& input = network.preprocess();
    const WindowPlans plans(network);
    Cost cost{.forwards = samples, .work = {.asked = 0, .done = multiply_adds(network)}};
    for (std::int64_t i = 0; i < samples; ++i) {
      const FadedSquare one = drawn_square(sides, 0, i, input.height, input.width);
      cost.work += plans.plan(plans.key(one.top, one.left, one.side, one.side)).work();
    }
    return cost;
  }

 private:
  static Record measure(Subject& subject, const Task& task, std::size_t query, const Tensor& base) {
    const SingleMap single = single_map(*task.explanation, query);
    Record record{single.status, single.reason, values_of(InfidelityObservation{})};
    if (!single.map.defined()) return record;
    const Query& asked = task.explanation->queries[query];
    subject.bill();
    Fading fading(subject, asked.image, *task.settings, base);
    const std::vector<double> d =
        drops_of(subject.logits(asked.image), fading.logits(), asked.target, drop_score_of(*task.settings));
    record.cost = subject.bill();
    record.cost.seconds = 0;
    const std::vector<double> s = fading.sums(listed_values(single.map));
    InfidelityObservation seen{0, 0, 0, 0};
    const auto count = static_cast<double>(d.size());
    for (std::size_t i = 0; i < d.size(); ++i) {
      seen.infidelity += (s[i] - d[i]) * (s[i] - d[i]) / count;
      seen.s_squared += s[i] * s[i] / count;
      seen.s_d += s[i] * d[i] / count;
      seen.d_squared += d[i] * d[i] / count;
    }
    record.values = values_of(seen);
    return record;
  }

  std::vector<std::string> bases_;
  Json settings_;
};

}  // namespace

std::unique_ptr<Metric> make_infidelity(Params& params) {
  return std::make_unique<Infidelity>(params);
}

}  // namespace assay
