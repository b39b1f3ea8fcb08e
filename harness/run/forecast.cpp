#include "harness/run/forecast.h"

#include <fmt/format.h>

#include <chrono>

#include "harness/network/tensor.h"
#include "harness/run/device.h"
#include "harness/run/progress.h"

namespace assay {
namespace {

double seconds_a_forward(const Plan& plan, const Network& network) {
  const at::Device device = device_of(plan, 0);
  const Network there = network.to(device);
  const Preprocess& input = network.preprocess();
  const Tensor images = at::zeros({plan.batch, 3, input.height, input.width}, at::TensorOptions(device));
  there.forward(images.narrow(0, 0, 1)).cpu();
  const auto start = std::chrono::steady_clock::now();
  there.forward(images).cpu();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() / plan.batch;
}

std::string line_of(const Experiment& experiment, const ExperimentForecast& its) {
  const std::size_t cells = experiment.roster->cells.size();
  std::string text = fmt::format("  {} through {}: {} images x {} cells", experiment.dataset,
                                 experiment.network_name, experiment.samples.size(), cells);
  const std::size_t all = experiment.samples.size() * cells;
  if (its.records == 0) return text + ", all done\n";
  if (its.records < all) text += fmt::format(", {} of {} records missing", its.records, all);
  return text + fmt::format(", {} units, about {:.0f} passes of {:.1f} ms\n", its.units, its.price.passes(),
                            1000 * its.seconds_a_pass);
}

std::string details_of(const ExperimentForecast& its) {
  std::string text;
  for (const auto& [name, cost] : its.price.by_name)
    if (cost.forwards + cost.backwards > 0)
      text +=
          fmt::format("    {:<20} {:>10} forwards {:>8} backwards\n", name, cost.forwards, cost.backwards);
  return text;
}

}  // namespace

std::vector<ExperimentForecast> forecast(const Plan& plan, std::span<const Unit> units) {
  std::vector<ExperimentForecast> forecasts(plan.experiments.size());
  for (const Unit& unit : units) {
    ExperimentForecast& its = forecasts[unit.experiment];
    its.units += 1;
    its.records += unit.samples.size() * unit.cells.size();
    for (const auto& [name, cost] : price_of(plan, unit).by_name) its.price.by_name[name] += cost;
  }
  std::map<std::string, double> speeds;
  for (std::size_t i = 0; i < forecasts.size(); ++i) {
    const Experiment& experiment = plan.experiments[i];
    if (forecasts[i].units == 0) continue;
    const auto [speed, fresh] = speeds.try_emplace(experiment.network_name, 0);
    if (fresh) speed->second = seconds_a_forward(plan, experiment.network);
    forecasts[i].seconds_a_pass = speed->second;
  }
  return forecasts;
}

std::string forecast_text(const Plan& plan, std::span<const ExperimentForecast> forecasts, int ranks,
                          bool details) {
  std::string names;
  for (const Protocol& protocol : plan.protocols)
    if (protocol.computed) names += (names.empty() ? "" : ", ") + protocol.name;
  std::string text = fmt::format("{} -> {} (protocols: {}; {}, batch {})\n", plan.name, plan.output, names,
                                 plan.device, plan.batch);
  double seconds = 0, passes = 0;
  for (std::size_t i = 0; i < forecasts.size(); ++i) {
    text += line_of(plan.experiments[i], forecasts[i]);
    if (details) text += details_of(forecasts[i]);
    seconds += forecasts[i].seconds();
    passes += forecasts[i].price.passes();
  }
  if (passes == 0) return text;
  return text + fmt::format("  about {:.0f} passes in all, {} on {} rank{}\n", passes,
                            readable_duration(seconds / ranks), ranks, ranks == 1 ? "" : "s");
}

}  // namespace assay
