#include "metrics/randomization_journey.h"

#include <cmath>

#include "harness/core/seed.h"
#include "harness/network/tensor.h"
#include "metrics/map_comparison.h"

namespace assay {
namespace {

double mean_of_defined(const std::vector<double>& values) {
  std::vector<double> defined;
  for (const double value : values)
    if (!std::isnan(value)) defined.push_back(value);
  return mean_of(defined);
}

void summarise_curves(TracedMap& trace) {
  RandomizationObservation& seen = trace.seen;
  for (std::size_t i = 0; i < kSimilarityNames.size(); ++i) {
    seen.area[i] = mean_of_defined(trace.curves[i]);
    seen.first[i] = trace.curves[i].front();
    seen.last[i] = trace.curves[i].back();
  }
  seen.undefined = 0;
  for (const double value : trace.curves[0]) seen.undefined += std::isnan(value) ? 1 : 0;
  const double last = trace.curves[kSimilarityNames.size()].back();
  if (seen.full == 1) seen.rise = (last - seen.complexity) / seen.complexity;
}

void keep_as_original(const Traveller&, TracedMap& trace, const Tensor& map) {
  trace.original = map;
}

void keep_as_repeat(const Traveller& one, TracedMap& trace, const Tensor& map) {
  trace.seen.complexity = histogram_entropy(trace.original, one.bins);
  trace.seen.repeat = four_of(similarity_of(trace.original, map, one.rules));
}

void keep_as_step(const Traveller& one, TracedMap& trace, const Tensor& map) {
  const FourSimilarities four = four_of(similarity_of(trace.original, map, one.rules));
  for (std::size_t i = 0; i < four.size(); ++i) trace.curves[i].push_back(four[i]);
  trace.curves[four.size()].push_back(histogram_entropy(map, one.bins));
}

}  // namespace

Journey::Journey(Subject& subject, const Json& settings)
    : subject_(subject),
      settings_(settings),
      order_(randomised_order_from(settings.at("order").get<std::string>())),
      redraw_(redraw_from(settings.at("init").get<std::string>())),
      fresh_(settings.at("seed") == "fresh"),
      seed_(mix_seed(subject.run_seed(), "parameter randomization")),
      stages_(weight_stages(subject.network())),
      steps_(randomised_steps(stages_.size(), order_, settings.at("stages").get<std::size_t>())) {}

std::string Journey::key_of(const Json& settings) {
  Json key;
  for (const char* word : {"order", "init", "stages", "seed", "samples", "noise"})
    key[word] = settings.at(word);
  return key.dump();
}

void Journey::add(std::size_t place, const Task& task) {
  Traveller one{.task = place,
                .rules = similarity_rules_of(*task.settings),
                .bins = task.settings->at("bins").get<std::int64_t>()};
  for (std::size_t q = 0; q < task.explanation->queries.size(); ++q)
    one.traces.push_back(
        {.original = task.explanation->maps[0][static_cast<std::int64_t>(q)].to(at::kCPU, at::kDouble),
         .curves = std::vector<std::vector<double>>(kSimilarityNames.size() + 1)});
  travellers_.push_back(std::move(one));
  fixed_.push_back({task.explanation, false});
  asked_.push_back({task.explanation, task.settings->at("target") == "predicted"});
}

void Journey::run(std::vector<std::vector<Record>>& records) {
  if (!stages_.empty()) travel();
  for (std::size_t t = 0; t < travellers_.size(); ++t)
    for (std::size_t q = 0; q < travellers_[t].traces.size(); ++q)
      records[travellers_[t].task][q] = finished(travellers_[t].traces[q], asked_[t].repredicted);
}

Circumstances Journey::under(std::optional<Network> network, std::uint64_t seed) const {
  return {.network = std::move(network),
          .seed = seed,
          .samples = settings_.at("samples").get<std::int64_t>(),
          .noise = settings_.at("noise").get<double>()};
}

void Journey::travel() {
  const std::uint64_t same = subject_.run_seed();
  const Circumstances as_it_was = under(std::nullopt, same);
  if (as_it_was.samples > 1) take(fixed_, as_it_was, keep_as_original);
  take(fixed_, under(std::nullopt, mix_seed(same, "explained again")), keep_as_repeat);
  const std::uint64_t seed = fresh_ ? mix_seed(same, "explained on random networks") : same;
  Network network = subject_.network();
  for (const std::vector<std::size_t>& step : steps_) {
    std::vector<WeightStage> drawn;
    for (const std::size_t stage : step) drawn.push_back(stages_[stage]);
    const Network before = order_ == RandomisedOrder::independent ? subject_.network() : network;
    network = randomised(before, drawn, redraw_, seed_);
    take(asked_, under(network, seed), keep_as_step);
  }
}

template <class Look>
void Journey::take(const std::vector<Reexplained>& who, const Circumstances& circumstances,
                   const Look& look) {
  const auto made = remake(subject_, circumstances, who);
  for (std::size_t t = 0; t < travellers_.size(); ++t)
    for (std::size_t q = 0; q < made[t].size(); ++q) {
      TracedMap& trace = travellers_[t].traces[q];
      trace.cost += made[t][q].cost;
      if (trace.failure.empty()) trace.failure = made[t][q].failure;
      if (trace.failure.empty()) look(travellers_[t], trace, made[t][q].map.to(at::kCPU));
    }
}

Record Journey::finished(TracedMap& trace, bool repredicted) const {
  RandomizationObservation& seen = trace.seen;
  seen.steps = static_cast<double>(steps_.size());
  seen.stages = static_cast<double>(stages_.size());
  seen.full = order_ == RandomisedOrder::independent ? 0 : 1;
  seen.repredicted = repredicted ? 1 : 0;
  seen.fresh = fresh_ ? 1 : 0;
  seen.samples = settings_.at("samples").get<double>();
  if (stages_.empty())
    return {Status::skipped, "the network has no weights to draw anew", values_of(seen), trace.cost};
  if (!trace.failure.empty())
    return {Status::failed, "explained again: " + trace.failure, values_of(RandomizationObservation{}),
            trace.cost};
  summarise_curves(trace);
  add_course(trace.curves);
  const bool told = seen.undefined < seen.steps;
  return {told ? Status::ok : Status::suspect,
          told ? "" : "a map that is constant, or not finite, looks like nothing", values_of(seen),
          trace.cost, std::move(trace.curves)};
}

void Journey::add_course(std::vector<std::vector<double>>& curves) const {
  std::vector<double> random, seeds;
  for (const std::vector<std::size_t>& step : steps_) {
    for (const std::size_t stage : step)
      seeds.push_back(static_cast<double>(stage_seed(seed_, stages_[stage])));
    random.push_back(order_ == RandomisedOrder::independent ? 1 : static_cast<double>(seeds.size()));
  }
  curves.push_back(std::move(random));
  curves.push_back(std::move(seeds));
}

}  // namespace assay
