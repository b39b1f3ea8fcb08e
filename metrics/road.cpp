// ROAD, remove and debias. Rong, Leemann, Borisov, Kasneci & Kasneci, "A consistent and efficient evaluation
// strategy for attribution methods", ICML 2022.
//   x^(p) = x with the share p of the pixels replaced by what their neighbours let expect, plus noise
//   f_p = score of x^(p), where the pixels that the map calls most (MoRF) or least important (LeRF) are
//   removed
// Removed pixels are weighted means of their neighbours, removed or not (imputation.h), and get normal noise,
// independent for each pixel and channel: a linear network can then not tell a removed pixel from one that
// was there, while a hole of one colour says where the map is. The published measure is the accuracy over a
// data set at each p, which the report has as `score: right`. Deviation of the noise: 0.01 of the pixels'
// range, as in the authors' code as we remember it; it is drawn once for the whole image, so that all maps of
// an image see the same. Ties of the map: in row-major order, for MoRF and LeRF alike.
#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "harness/core/seed.h"
#include "harness/network/summary.h"
#include "metrics/curve_scores.h"
#include "metrics/imputation.h"
#include "metrics/metric.h"
#include "metrics/noise.h"
#include "metrics/score_curves.h"

namespace assay {
namespace {

/// One order of the pixels of one image, and how many of its first are removed at each point.
struct Removal {
  std::int64_t image = 0;
  Tensor order; /* int64 [N], CPU */
  std::vector<std::int64_t> points;
  double noise = 0; /* standard deviation, of 0..255 */
};

/// Writes the images of some removals, one removal after the other, point by point.
class RemovedPixels {
 public:
  RemovedPixels(const Subject& subject, std::span<const Removal> removals)
      : subject_(&subject), removals_(removals) {
    for (std::size_t r = 0; r < removals.size(); ++r)
      for (const std::int64_t point : removals[r].points) series_.emplace_back(r, point);
  }
  std::int64_t size() const { return std::ssize(series_); }

  /// As FillBatch, in ascending order.
  void fill(std::int64_t first, const Tensor& batch) {
    for (std::int64_t i = 0; i < batch.size(0); ++i) {
      const auto& [removal, point] = series_[static_cast<std::size_t>(first + i)];
      batch[i].copy_(image(removal, point));
    }
  }

 private:
  Tensor image(std::size_t place, std::int64_t point) {
    const Removal& removal = removals_[place];
    const Tensor pixels = subject_->pixels()[removal.image];
    if (!imputer_ || place != latest_) {
      imputer_.emplace(pixels);
      noise_ = normal_noise(pixels.sizes().vec(), mix_seed(subject_->seed(removal.image), "road"));
      latest_ = place;
    }
    const Tensor removed = at::zeros({pixels.size(1) * pixels.size(2)}, at::kBool);
    removed.index_fill_(0, removal.order.narrow(0, 0, point), true);
    const Tensor mask = removed.view({pixels.size(1), pixels.size(2)});
    const Tensor imputed = imputer_->impute(mask);
    return at::where(mask, imputed + noise_ * removal.noise, imputed);
  }

  const Subject* subject_;
  std::span<const Removal> removals_;
  std::vector<std::pair<std::size_t, std::int64_t>> series_;
  std::optional<Imputer> imputer_;
  Tensor noise_; /* [3,H,W] */
  std::size_t latest_ = 0;
};

/// At least one pixel is removed and at least one is left.
std::vector<std::int64_t> removed_at(const Json& settings, std::int64_t pixels) {
  std::vector<std::int64_t> points;
  for (const double share : settings.at("shares").get<std::vector<double>>())
    points.push_back(
        std::clamp<std::int64_t>(std::llround(share * static_cast<double>(pixels)), 1, pixels - 1));
  return points;
}

Json road_settings(Params& params) {
  std::vector<double> shares = params.get<std::vector<double>>(
      "shares", {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9}, "shares of the pixels that are removed");
  const double noise = params.get("noise", 0.01, "standard deviation of the noise, of the range of a pixel");
  if (shares.empty()) params.fail("shares", "the list is empty");
  for (const double share : shares)
    if (!(share > 0 && share < 1)) params.fail("shares", "each must lie between 0 and 1");
  if (!(noise >= 0)) params.fail("noise", "must not be negative");
  std::ranges::sort(shares);
  return {{"shares", shares}, {"noise", noise}};
}

class Road : public Metric {
 public:
  explicit Road(Params& params) : settings_(road_settings(params)) {}

  std::vector<Column> columns() const override {
    return {{"pixels", "px", Better::neither, 0, 0, "size of the image, N"}};
  }
  std::vector<Column> curves() const override { return curve_columns({kBothOrders, kScoresAndRight}); }
  std::vector<Variant> variants() const override { return {{"", settings_}}; }
  bool uses_seed(const Json& settings) const override { return settings.at("noise").get<double>() > 0; }

  std::vector<std::vector<Record>> observe(Subject& subject, std::span<const Task> tasks,
                                           const Truth& /*truth*/) const override {
    std::vector<std::vector<Record>> records;
    std::vector<Removal> removals;
    for (const Task& task : tasks) {
      std::vector<Record>& made = records.emplace_back();
      for (std::size_t q = 0; q < task.explanation->queries.size(); ++q)
        made.push_back(begin(task, q, removals));
    }
    RemovedPixels images(subject, removals);
    const Tensor logits = subject.predict(
        images.size(), [&](std::int64_t first, const Tensor& batch) { images.fill(first, batch); });
    std::int64_t next = 0;
    for (std::size_t t = 0; t < tasks.size(); ++t)
      for (std::size_t q = 0; q < records[t].size(); ++q)
        if (!records[t][q].curves.empty()) put(subject, tasks[t], q, logits, next, records[t][q]);
    return records;
  }

  Cost price(const Network& network) const override {
    return cost_of_passes(network, 1 + 2 * static_cast<std::int64_t>(settings_.at("shares").size()));
  }

 private:
  /// The record without its scores; its removals, MoRF and LeRF, go to the list.
  static Record begin(const Task& task, std::size_t query, std::vector<Removal>& removals) {
    const SingleMap single = single_map(*task.explanation, query);
    Record record{single.status, single.reason, {kNaN}};
    if (!single.map.defined()) return record;
    const std::int64_t pixels = single.map.numel();
    const std::vector<std::int64_t> points = removed_at(*task.settings, pixels);
    for (const bool highest : {true, false})
      removals.push_back({.image = task.explanation->queries[query].image,
                          .order = order_of(single.map, highest).cpu(),
                          .points = points,
                          .noise = 255 * task.settings->at("noise").get<double>()});
    record.values = {static_cast<double>(pixels)};
    std::vector<double>& changed = record.curves.emplace_back(1, 0.0);
    changed.insert(changed.end(), points.begin(), points.end());
    return record;
  }

  /// The curves of both orders, whose logits begin at `next`, before those of begin().
  static void put(Subject& subject, const Task& task, std::size_t query, const Tensor& logits,
                  std::int64_t& next, Record& record) {
    const Query& asked = task.explanation->queries[query];
    std::vector<double> changed = std::move(record.curves.front());
    const std::int64_t points = std::ssize(changed) - 1;
    const Tensor start = subject.logits()[asked.image].unsqueeze(0);
    record.curves.clear();
    for (int order = 0; order < 2; ++order, next += points) {
      ScoreSeries series = score_series(at::cat({start, logits.narrow(0, next, points)}), asked.target);
      for (std::vector<double>* curve : {&series.probability, &series.logit, &series.right})
        record.curves.push_back(std::move(*curve));
    }
    record.curves.push_back(std::move(changed));
    record.cost = cost_of_passes(subject.network(), 1 + 2 * points);
  }

  Json settings_;
};

}  // namespace

std::unique_ptr<Metric> make_road(Params& params) {
  return std::make_unique<Road>(params);
}

}  // namespace assay
