// Max-sensitivity. Yeh, Hsieh, Suggala, Inouye & Ravikumar, "On the (in)fidelity and sensitivity of
// explanations", NeurIPS 2019 (papers.md 7.4).
//   SENS = max over e with |e|_inf <= r of |Phi(x + e) - Phi(x)| / |Phi(x)|     (Euclidean norms)
// over `samples` images x + e, e uniform in -r .. r, independent for each pixel and channel; r is a share of
// the range of a pixel, and nothing is cut off at black or white. Phi = the map as its view shows it, of the
// same class, made anew from the noisy pixels: what is random in a method stays as it was for the image
// itself. They take the largest of 50; how it grows with the samples can be read from the curve of all of
// them. The noise belongs to the image: it depends on the run's seed, its name and the word "max-sensitivity"
// alone.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "harness/core/seed.h"
#include "harness/network/summary.h"
#include "metrics/metric.h"
#include "metrics/noise.h"
#include "metrics/remake.h"
#include "metrics/score_curves.h"
#include "metrics/sensitivity_scores.h"

namespace assay {
namespace {

double norm_of(const Tensor& map) {
  return map.to(at::kDouble).flatten().norm().item<double>();
}

/// The pixels of the whole block with the noise of one sample.
Tensor noisy_pixels(const Subject& subject, double radius, std::int64_t sample) {
  const Tensor& pixels = subject.pixels();
  std::vector<Tensor> noise;
  for (std::int64_t image = 0; image < subject.images(); ++image)
    noise.push_back(uniform_noise(
        pixels[image].sizes().vec(), -255 * radius, 255 * radius,
        mix_seed({mix_seed(subject.seed(image), "max-sensitivity"), static_cast<std::uint64_t>(sample)})));
  return pixels + at::stack(noise).to(pixels.device());
}

/// Radius and sample: what tasks share noisy pixels by.
using Noise = std::pair<double, std::int64_t>;

/// The queries of a task whose record still grows, and what explains them again.
struct StillOpen {
  std::size_t task;
  std::vector<std::size_t> places;  // of the queries in the task
  Explanation explanation;          // of these alone, without maps
};

StillOpen still_open(const Task& task, std::size_t place, std::span<const Record> records) {
  StillOpen open{place, {}, {.maps = {}, .queries = {}, .again = task.explanation->again}};
  for (std::size_t q = 0; q < records.size(); ++q) {
    if (records[q].curves.empty()) continue;
    open.places.push_back(q);
    open.explanation.queries.push_back(task.explanation->queries[q]);
  }
  return open;
}

class MaxSensitivity : public Metric {
 public:
  explicit MaxSensitivity(Params& params)
      : radii_(params.get<std::vector<double>>("radius", {0.2}, "largest noise r, of the range of a pixel")),
        samples_(positive(params, "samples", 10, "noisy images")) {
    if (radii_.empty()) params.fail("radius", "the list is empty");
    for (const double radius : radii_)
      if (!(radius > 0)) params.fail("radius", "must be above 0");
  }

  std::vector<Column> columns() const override { return change_columns(); }
  std::vector<Column> curves() const override { return change_curves(); }

  std::vector<Variant> variants() const override {
    std::vector<Variant> all;
    for (const double radius : radii_)
      all.push_back({fmt::format("radius={}", radius), {{"radius", radius}, {"samples", samples_}}});
    return all;
  }

  bool uses_seed(const Json& /*settings*/) const override { return true; }
  std::int64_t explains_again(const Network&, const Json& settings) const override {
    return settings.at("samples").get<std::int64_t>();
  }

  std::vector<std::vector<Record>> observe(Subject& subject, std::span<const Task> tasks,
                                           const Truth& /*truth*/) const override {
    std::vector<std::vector<Record>> records;
    std::map<Noise, std::vector<std::size_t>> wanted;  // tasks by noise
    for (std::size_t t = 0; t < tasks.size(); ++t) {
      records.push_back(begin(tasks[t]));
      const Json& settings = *tasks[t].settings;
      for (std::int64_t sample = 0; sample < settings.at("samples").get<std::int64_t>(); ++sample)
        wanted[{settings.at("radius").get<double>(), sample}].push_back(t);
    }
    for (const auto& [noise, users] : wanted) {
      std::vector<StillOpen> open;
      for (const std::size_t t : users)
        if (StillOpen one = still_open(tasks[t], t, records[t]); !one.places.empty())
          open.push_back(std::move(one));
      if (!open.empty()) compare_again(subject, noise, open, tasks, records);
    }
    return records;
  }

  /// Maps are priced by their methods (explains_again()).
  Cost price(const Network&) const override { return {}; }

 private:
  static std::vector<Record> begin(const Task& task) {
    std::vector<Record> made;
    for (std::size_t q = 0; q < task.explanation->queries.size(); ++q) {
      const SingleMap single = single_map(*task.explanation, q);
      Record& record = made.emplace_back(Record{single.status, single.reason, {kNaN}});
      if (!single.map.defined()) continue;
      const double norm = norm_of(single.map);
      if (!task.explanation->again)
        record = {Status::skipped, "this explanation cannot be made again", {kNaN}};
      else if (!(norm > 0))
        record = {Status::suspect, "the map is zero everywhere", {0}};
      else {
        record.values = {norm};
        record.curves.emplace_back();
      }
    }
    return made;
  }

  /// One more point for each record that still grows.
  static void compare_again(const Subject& subject, const Noise& noise, std::span<const StillOpen> open,
                            std::span<const Task> tasks, std::vector<std::vector<Record>>& records) {
    std::vector<Reexplained> candidates;
    for (const StillOpen& one : open) candidates.push_back({&one.explanation});
    const Circumstances noisy{.seed = subject.run_seed(),
                              .pixels = noisy_pixels(subject, noise.first, noise.second)};
    const auto made = remake(subject, noisy, candidates);
    for (std::size_t i = 0; i < open.size(); ++i)
      for (std::size_t k = 0; k < open[i].places.size(); ++k) {
        const std::size_t q = open[i].places[k];
        const auto row = static_cast<std::int64_t>(q);
        add_point(tasks[open[i].task].explanation->maps.front()[row], made[i][k], records[open[i].task][q]);
      }
  }

  static void add_point(const Tensor& before, const Remade& again, Record& record) {
    record.cost += again.cost;
    const double change =
        again.failure.empty() ? norm_of(again.map - before.to(at::kDouble)) / record.values[0] : kNaN;
    if (std::isfinite(change))
      record.curves[0].push_back(change);
    else
      record = {Status::failed,
                again.failure.empty() ? "the map of a noisy image is not finite" : again.failure,
                {kNaN},
                record.cost};
  }

  std::vector<double> radii_;
  std::int64_t samples_;
};

}  // namespace

std::unique_ptr<Metric> make_max_sensitivity(Params& params) {
  return std::make_unique<MaxSensitivity>(params);
}

}  // namespace assay
