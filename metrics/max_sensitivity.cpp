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
#include <exception>
#include <map>
#include <string_view>
#include <utility>

#include "harness/core/seed.h"
#include "harness/network/device.h"
#include "harness/network/summary.h"
#include "metrics/metric.h"
#include "metrics/noise.h"
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
      Subject noisy = subject.changed({.pixels = noisy_pixels(subject, noise.first, noise.second)});
      for (const std::size_t t : users) compare_again(noisy, tasks[t], records[t]);
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

  /// One more point for the records that have a curve.
  static void compare_again(Subject& noisy, const Task& task, std::vector<Record>& records) {
    const auto open = [](const Record& record) { return !record.curves.empty(); };
    if (std::ranges::none_of(records, open)) return;
    noisy.bill();
    Tensor maps;
    std::string problem;
    try {
      maps = task.explanation->again(noisy, task.explanation->queries).front();
    } catch (const std::exception& error) {
      if (calls_for_smaller_batch(error, noisy.batch(), noisy.pixels().device())) throw;
      const std::string_view what = error.what();
      problem = what.substr(0, what.find('\n'));
    }
    const Cost cost = share_of(noisy.bill(), std::ssize(records));
    for (std::size_t q = 0; q < records.size(); ++q)
      if (open(records[q])) add_point(task, q, maps, problem, cost, records[q]);
  }

  static void add_point(const Task& task, std::size_t q, const Tensor& maps, const std::string& problem,
                        Cost cost, Record& record) {
    cost.seconds = 0;
    record.cost += cost;
    if (!problem.empty()) {
      record = {Status::failed, problem, {kNaN}, record.cost};
      return;
    }
    const auto row = static_cast<std::int64_t>(q);
    const Tensor before = task.explanation->maps.front()[row];
    const double change = norm_of(maps[row].to(at::kDouble) - before) / record.values[0];
    if (std::isfinite(change))
      record.curves[0].push_back(change);
    else
      record = {Status::failed, "the map of a noisy image is not finite", {kNaN}, record.cost};
  }

  std::vector<double> radii_;
  std::int64_t samples_;
};

}  // namespace

std::unique_ptr<Metric> make_max_sensitivity(Params& params) {
  return std::make_unique<MaxSensitivity>(params);
}

}  // namespace assay
