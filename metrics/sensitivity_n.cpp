// Sensitivity-n. Ancona, Ceolini, Oeztireli & Gross, "Towards better understanding of gradient-based
// attribution methods for deep neural networks", ICLR 2018 (papers.md 7.3).
//   r_n = correlation over random sets S of n pixels of (sum_{i in S} R_i) with (f_y(x) - f_y(x with x_S =
//   b))
// (Pearson; b = base image; R = map, all channels of a pixel together.) n goes from 1 to `most` of the pixels
// in steps of equal ratio, rounded; sets of equal n have no order among them. A map that satisfies the
// definition of sensitivity-n for all sets, up to scale and offset, has 1. They remove features by setting
// them to 0, which is the base `mean` in the network's normalised space. The sets belong to the image: they
// depend on the run's seed, its name, n and the words "sensitivity-n" alone, so all maps and classes share
// the forwards.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "harness/core/seed.h"
#include "harness/network/summary.h"
#include "metrics/bases.h"
#include "metrics/drops.h"
#include "metrics/mask_walks.h"
#include "metrics/metric.h"
#include "metrics/score_curves.h"
#include "metrics/sensitivity_scores.h"

namespace assay {
namespace {

/// The sets of pixels of one image.
class PixelSets {
 public:
  PixelSets(const Json& settings, std::uint64_t seed, std::int64_t pixels)
      : seed_(mix_seed(seed, "sensitivity-n")),
        sets_(settings.at("sets").get<std::int64_t>()),
        places_(static_cast<std::size_t>(pixels)) {
    const auto points = settings.at("points").get<std::int64_t>();
    const double most = std::max(1.0, settings.at("most").get<double>() * static_cast<double>(pixels));
    for (std::int64_t i = 0; i < points; ++i) {
      const double share = points > 1 ? static_cast<double>(i) / static_cast<double>(points - 1) : 0;
      const auto n = static_cast<std::int64_t>(std::llround(std::pow(most, share)));
      if (sizes_.empty() || n > sizes_.back()) sizes_.push_back(n);
    }
  }

  const std::vector<std::int64_t>& sizes() const { return sizes_; }
  std::int64_t per_size() const { return sets_; }
  std::int64_t count() const { return sets_ * std::ssize(sizes_); }

  /// The pixels of a set; sets of one size follow each other.
  std::span<const std::int64_t> set(std::int64_t index) {
    const auto n = static_cast<std::size_t>(sizes_[static_cast<std::size_t>(index / sets_)]);
    Random random(mix_seed({seed_, n, static_cast<std::uint64_t>(index % sets_)}));
    std::iota(places_.begin(), places_.end(), std::int64_t{0});
    for (std::size_t i = 0; i < n; ++i) std::swap(places_[i], places_[i + random.below(places_.size() - i)]);
    return std::span(places_).first(n);
  }

 private:
  std::uint64_t seed_;
  std::int64_t sets_;
  std::vector<std::int64_t> sizes_, places_;
};

/// Pearson's; NaN where either does not vary but for rounding.
double correlation(std::span<const double> a, std::span<const double> b) {
  const double mean_a = mean_of(a), mean_b = mean_of(b);
  double both = 0, of_a = 0, of_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    both += (a[i] - mean_a) * (b[i] - mean_b);
    of_a += (a[i] - mean_a) * (a[i] - mean_a);
    of_b += (b[i] - mean_b) * (b[i] - mean_b);
  }
  const auto varies = [&](double spread, double mean) {
    constexpr double kRounding = 1e-28;  // of doubles, squared
    return spread > kRounding * static_cast<double>(a.size()) * mean * mean;
  };
  return varies(of_a, mean_a) && varies(of_b, mean_b) ? both / std::sqrt(of_a * of_b) : kNaN;
}

/// Logits [sets,K] of the image with each set removed, shared by everybody who asks for them.
Tensor logits_without(Subject& subject, std::int64_t image, const Json& settings, const Tensor& base,
                      PixelSets& sets) {
  const Tensor pixels = subject.pixels()[image], plain = base[image];
  const auto fill = [&](std::int64_t first, const Tensor& batch) {
    for (std::int64_t i = 0; i < batch.size(0); ++i) {
      const Tensor removed = at::zeros({pixels.size(1) * pixels.size(2)}, at::kBool);
      for (const std::int64_t place : sets.set(first + i)) removed.data_ptr<bool>()[place] = true;
      const Tensor mask = removed.view({pixels.size(1), pixels.size(2)}).to(pixels.device());
      batch[i].copy_(at::where(mask, plain, pixels));
    }
  };
  const std::string key =
      fmt::format("sensitivity-n {} {} {} {} of image {}", settings.at("points").dump(),
                  settings.at("sets").dump(), settings.at("most").dump(), settings.at("base").dump(), image);
  return subject.predict_shared(key, sets.count(), fill);
}

class SensitivityN : public Metric {
 public:
  explicit SensitivityN(Params& params)
      : bases_(read_bases(
            params, {"mean"},
            "what removed pixels show: mean, zero, gray, inverted, gaussian(11, 5), box(17) (quote "
            "parentheses with commas)")),
        settings_{{"points", positive(params, "points", 10, "numbers of pixels n")},
                  {"sets", positive(params, "sets", 100, "random sets of each n")},
                  {"most", params.get("most", 0.8, "largest n, share of the pixels")},
                  {"score", read_drop_score(params)}} {
    const auto most = settings_.at("most").get<double>();
    if (!(most > 0 && most <= 1)) params.fail("most", "must lie in 0..1, above 0");
    if (settings_.at("sets") < 2) params.fail("sets", "must be at least 2");
  }

  std::vector<Column> columns() const override { return sensitivity_columns(); }
  std::vector<Column> curves() const override { return sensitivity_curves(); }

  std::vector<Variant> variants() const override {
    std::vector<Variant> all;
    for (const std::string& base : bases_) {
      Json settings = settings_;
      settings["base"] = base;
      all.push_back({fmt::format("base={}", base), std::move(settings)});
    }
    return all;
  }

  bool uses_seed(const Json& /*settings*/) const override { return true; }

  std::vector<std::vector<Record>> observe(Subject& subject, std::span<const Task> tasks,
                                           const Truth& /*truth*/) const override {
    BaseImages bases(subject);
    std::vector<std::vector<Record>> records;
    for (const Task& task : tasks) {
      const std::size_t base = bases.place_of(task.settings->at("base").get<std::string>());
      std::vector<Record>& made = records.emplace_back();
      for (std::size_t q = 0; q < task.explanation->queries.size(); ++q)
        made.push_back(correlate(subject, task, q, bases.images()[base]));
    }
    return records;
  }

  Cost price(const Network& network) const override {
    const auto number = [&](const char* key) { return settings_.at(key).get<std::int64_t>(); };
    return cost_of_passes(network, number("points") * number("sets"));
  }

 private:
  static Record correlate(Subject& subject, const Task& task, std::size_t query, const Tensor& base) {
    const SingleMap single = single_map(*task.explanation, query);
    Record record{single.status, single.reason, {kNaN}};
    if (!single.map.defined()) return record;
    const Query& asked = task.explanation->queries[query];
    const std::vector<double> map = listed_values(single.map);
    PixelSets sets(*task.settings, subject.seed(asked.image), std::ssize(map));
    const Tensor logits = logits_without(subject, asked.image, *task.settings, base, sets);
    const std::vector<double> drops =
        drops_of(subject.logits()[asked.image], logits, asked.target, drop_score_of(*task.settings));
    std::vector<double> sums;
    for (std::int64_t i = 0; i < sets.count(); ++i) {
      double& sum = sums.emplace_back(0.0);
      for (const std::int64_t place : sets.set(i)) sum += map[static_cast<std::size_t>(place)];
    }
    std::vector<double> correlations;
    const auto each = static_cast<std::size_t>(sets.per_size());
    for (std::size_t first = 0; first < sums.size(); first += each)
      correlations.push_back(
          correlation(std::span(sums).subspan(first, each), std::span(drops).subspan(first, each)));
    record.values = {static_cast<double>(map.size())};
    record.curves = {{sets.sizes().begin(), sets.sizes().end()}, std::move(correlations)};
    record.cost = cost_of_passes(subject.network(), 1 + sets.count());
    return record;
  }

  std::vector<std::string> bases_;
  Json settings_;
};

}  // namespace

std::unique_ptr<Metric> make_sensitivity_n(Params& params) {
  return std::make_unique<SensitivityN>(params);
}

}  // namespace assay
