// AOPC, region perturbation. Samek, Binder, Montavon, Lapuschkin & Mueller, "Evaluating the visualization of
// what a deep neural network has learned", IEEE TNNLS 2017 (papers.md 7.2).
//   x^(k) = g(x^(k-1), r_k), k = 1 .. L; f_k = mean over the repeats of f_y(x^(k))
//   AOPC = 1/(L+1) sum_{k=0..L} (f_0 - f_k),   ABPC = AOPC of MoRF - AOPC of LeRF
// r_1, r_2 ...: squares without overlap, by the sum of the map over them, highest first (MoRF) or lowest
// first (LeRF), ties in row-major order; g writes colours that are uniform in 0..255, independent for each
// pixel and channel. They are drawn once a repeat for the whole image, so that all maps of an image see the
// same ones. The squares start at the top left corner; less than a square at the right and at the bottom
// stays as it is. A step is an advance of State: only the windows that it can reach are computed anew, for
// all repeats at once.
#include <algorithm>
#include <map>

#include "harness/core/seed.h"
#include "harness/network/state.h"
#include "harness/network/summary.h"
#include "metrics/curve_scores.h"
#include "metrics/metric.h"
#include "metrics/noise.h"
#include "metrics/score_curves.h"

namespace assay {
namespace {

struct AopcSettings {
  std::int64_t region, steps, repeats;
};

AopcSettings aopc_settings(const Json& settings) {
  const auto number = [&](const char* key) { return settings.at(key).get<std::int64_t>(); };
  return {number("region"), number("steps"), number("repeats")};
}

/// Sums of the map over whole squares, in double: [rows,columns].
Tensor region_sums(const Tensor& map, std::int64_t side) {
  const std::int64_t rows = map.size(0) / side, columns = map.size(1) / side;
  const Tensor whole = map.slice(0, 0, rows * side).slice(1, 0, columns * side);
  return whole.to(at::kCPU, at::kDouble).reshape({rows, side, columns, side}).sum({1, 3});
}

/// The colours that squares are filled with, normalised: [3,H,W], the same for everything on an image.
class RegionColours {
 public:
  explicit RegionColours(const Subject& subject) : subject_(&subject) {}
  const Tensor& of(std::int64_t image, std::int64_t repeat) {
    Tensor& made = made_[{image, repeat}];
    if (made.defined()) return made;
    const Tensor& pixels = subject_->pixels();
    const std::uint64_t seed =
        mix_seed({mix_seed(subject_->seed(image), "aopc"), static_cast<std::uint64_t>(repeat)});
    const Tensor drawn = uniform_noise({1, 3, pixels.size(2), pixels.size(3)}, 0, 255, seed);
    return made = subject_->network().normalise(drawn.to(pixels.device()))[0];
  }

 private:
  const Subject* subject_;
  std::map<std::pair<std::int64_t, std::int64_t>, Tensor> made_;
};

/// Means over the repeats.
struct AopcWalk {
  std::vector<double> probability, logit;
};

void add_to(std::vector<double>& means, const std::vector<double>& values, std::int64_t repeats) {
  means.resize(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) means[i] += values[i] / static_cast<double>(repeats);
}

/// The record of one map under way.
class Samek {
 public:
  Samek(Subject& subject, RegionColours& colours, const Query& query, const AopcSettings& settings)
      : subject_(subject), colours_(colours), query_(query), settings_(settings) {}

  void observe(const Tensor& map, Record& record) {
    const Tensor sums = region_sums(map, settings_.region);
    subject_.bill();
    for (const bool highest : {true, false}) {
      AopcWalk walk = along(order_of(sums, highest), sums.size(1));
      record.curves.push_back(std::move(walk.probability));
      record.curves.push_back(std::move(walk.logit));
    }
    record.cost = subject_.bill();
    record.cost.seconds = 0;
    std::vector<double>& changed = record.curves.emplace_back();
    for (std::size_t k = 0; k < record.curves.front().size(); ++k)
      changed.push_back(static_cast<double>(k) * static_cast<double>(settings_.region * settings_.region));
    record.values = {static_cast<double>(map.numel()), static_cast<double>(sums.numel())};
  }

 private:
  AopcWalk along(const Tensor& order, std::int64_t columns) {
    const std::int64_t steps = std::min(settings_.steps, order.numel()), side = settings_.region;
    std::vector<std::vector<Perturbation>> squares(static_cast<std::size_t>(steps));
    for (std::int64_t k = 0; k < steps; ++k) {
      const auto place = order[k].item<std::int64_t>();
      const std::int64_t top = place / columns * side, left = place % columns * side;
      for (std::int64_t repeat = 0; repeat < settings_.repeats; ++repeat) {
        const Tensor& colours = colours_.of(query_.image, repeat);
        squares[static_cast<std::size_t>(k)].push_back(
            {.top = top, .left = left, .pixels = colours.narrow(1, top, side).narrow(2, left, side)});
      }
    }
    const Tensor start = subject_.logits(query_.image).unsqueeze(0);
    const Tensor chains = subject_.predict_chains(query_.image, squares);
    AopcWalk walk;
    for (std::int64_t repeat = 0; repeat < settings_.repeats; ++repeat) {
      const ScoreSeries series = score_series(at::cat({start, chains.select(1, repeat)}), query_.target);
      add_to(walk.probability, series.probability, settings_.repeats);
      add_to(walk.logit, series.logit, settings_.repeats);
    }
    return walk;
  }

  Subject& subject_;
  RegionColours& colours_;
  const Query& query_;
  AopcSettings settings_;
};

class Aopc : public Metric {
 public:
  explicit Aopc(Params& params)
      : settings_{{"region", positive(params, "region", 9, "side of a square, px")},
                  {"steps", positive(params, "steps", 100, "squares that are filled, L")},
                  {"repeats", positive(params, "repeats", 10, "times that colours are drawn")}} {}

  std::vector<Column> columns() const override {
    return {{"pixels", "px", Better::neither, 0, 0, "size of the image, N"},
            {"regions", "1", Better::neither, 0, 0, "squares that the image holds"}};
  }
  std::vector<Column> curves() const override { return curve_columns({kBothOrders, kScores}); }
  std::vector<Variant> variants() const override { return {{"", settings_}}; }
  bool uses_seed(const Json& /*settings*/) const override { return true; }

  std::vector<std::vector<Record>> observe(Subject& subject, std::span<const Task> tasks,
                                           const Truth& /*truth*/) const override {
    RegionColours colours(subject);
    std::vector<std::vector<Record>> records;
    for (const Task& task : tasks) {
      std::vector<Record>& made = records.emplace_back();
      for (std::size_t q = 0; q < task.explanation->queries.size(); ++q) {
        const SingleMap single = single_map(*task.explanation, q);
        Record& record = made.emplace_back(Record{single.status, single.reason, {kNaN, kNaN}});
        const AopcSettings settings = aopc_settings(*task.settings);
        if (!single.map.defined()) continue;
        if (single.map.size(0) < settings.region || single.map.size(1) < settings.region)
          record = {Status::skipped, "the image is smaller than a region", {kNaN, kNaN}};
        else
          Samek(subject, colours, task.explanation->queries[q], settings).observe(single.map, record);
      }
    }
    return records;
  }

  Cost price(const Network& network) const override {
    const AopcSettings settings = aopc_settings(settings_);
    const std::int64_t side = settings.region;
    const std::int64_t rows = network.preprocess().height / side, columns = network.preprocess().width / side;
    if (rows * columns == 0) return {};
    const WindowPlans plans(network);
    Work all;
    for (std::int64_t row = 0; row < rows; ++row)
      for (std::int64_t column = 0; column < columns; ++column)
        all += plans.plan(plans.key(row * side, column * side, side, side)).work();
    const std::int64_t chains = 2 * settings.repeats, steps = std::min(settings.steps, rows * columns);
    const Cost step = share_of({.forwards = rows * columns, .work = all}, rows * columns);
    Cost cost = step * (chains * steps);
    cost.work.done += multiply_adds(network);
    return cost;
  }

 private:
  Json settings_;
};

}  // namespace

std::unique_ptr<Metric> make_aopc(Params& params) {
  return std::make_unique<Aopc>(params);
}

}  // namespace assay
