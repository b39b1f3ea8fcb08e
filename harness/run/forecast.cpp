#include "harness/run/forecast.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <set>

#include "harness/network/tensor.h"
#include "harness/run/device.h"
#include "harness/run/pilot.h"
#include "harness/run/progress.h"

namespace assay {
namespace {

/// A unit of the plan like the finished ones; nothing when they computed what the plan no longer has.
std::optional<Unit> like(const Plan& plan, int experiment, const Spent& spent) {
  const std::vector<PlannedCell>& cells = plan.experiments[experiment].roster->cells;
  Unit unit{.experiment = experiment, .samples = {}, .cells = {}};
  for (const std::string& id : spent.cells) {
    const auto cell = std::ranges::find(cells, id, &PlannedCell::id);
    if (cell == cells.end()) return std::nullopt;
    unit.cells.push_back(static_cast<int>(cell - cells.begin()));
  }
  const std::size_t known = plan.experiments[experiment].samples.size();
  unit.samples.resize(std::min(known, (spent.samples + spent.units - 1) / spent.units));
  std::iota(unit.samples.begin(), unit.samples.end(), 0);  // the first samples, whole pictures as in any unit
  return unit;
}

/// Sets the correction by what was spent on units of an experiment.
void correct(const Plan& plan, int experiment, std::span<const Spent> spent, ExperimentForecast& its) {
  double seconds = 0, expected = 0;
  for (const Spent& some : spent) {
    if (some.experiment != plan.experiments[experiment].id) continue;
    const std::optional<Unit> unit = like(plan, experiment, some);
    if (!unit) continue;
    seconds += some.seconds;
    expected += its.pace.seconds(price_of(plan, *unit)) * static_cast<double>(some.units);
    its.finished += some.units;
  }
  if (its.finished > 0) its.correction = seconds / expected;
}

/// Everything that is to be done with each network.
std::map<std::string, Price> prices_by_network(const Plan& plan,
                                               std::span<const ExperimentForecast> forecasts) {
  std::map<std::string, Price> prices;
  for (std::size_t i = 0; i < forecasts.size(); ++i)
    if (forecasts[i].units > 0) prices[plan.experiments[i].network_name] += forecasts[i].price;
  return prices;
}

Cost scaled(Cost cost, double share) {
  const auto times = [&](std::int64_t& value) { value = std::llround(static_cast<double>(value) * share); };
  for (std::int64_t* value : {&cost.forwards, &cost.backwards, &cost.work.asked, &cost.work.done})
    times(*value);
  return cost;
}

std::string counted_images(const std::vector<Sample>& samples) {
  const std::size_t pictures = picture_starts(samples).size() - 1;
  if (pictures == samples.size()) return fmt::format("{} images", samples.size());
  return fmt::format("{} images in {} picture{}", samples.size(), pictures, pictures == 1 ? "" : "s");
}

std::string line_of(const Experiment& experiment, const ExperimentForecast& its) {
  const std::size_t cells = experiment.roster->cells.size();
  std::string text = fmt::format("  {} through {}: {} x {} cells", experiment.dataset,
                                 experiment.network_name, counted_images(experiment.samples), cells);
  const std::size_t all = experiment.samples.size() * cells;
  if (its.records == 0) return text + ", all done\n";
  if (its.records < all) text += fmt::format(", {} of {} records missing", its.records, all);
  text += fmt::format(", {} units, about {:.0f} passes, {}", its.units, its.expected().passes(),
                      readable_duration(its.seconds()));
  if (its.finished == 0) return text + "\n";
  return text +
         fmt::format(" at the pace of {} finished unit{}\n", its.finished, its.finished == 1 ? "" : "s");
}

std::string details_of(const ExperimentForecast& its) {
  std::string text;
  const Price price = its.expected();
  const auto add = [&](const std::string& name, const Cost& cost, const Price& alone) {
    if (cost.forwards + cost.backwards == 0) return;
    text += fmt::format("    {:<20} {:>10} forwards {:>8} backwards", name, cost.forwards, cost.backwards);
    text += fmt::format(" {:>12.1f} GMAC", static_cast<double>(cost.work.done) / 1e9);
    if (cost.work.done != cost.work.asked)
      text += fmt::format(" of {:.1f}", static_cast<double>(cost.work.asked) / 1e9);
    text += fmt::format(", {}\n", readable_duration(its.correction * its.pace.seconds(alone)));
  };
  for (const auto& [name, cost] : price.methods) add(name, cost, {.methods = {{name, cost}}, .metrics = {}});
  for (const auto& [name, cost] : price.metrics)
    add(name, cost, {.methods = {}, .metrics = {{name, cost}}, .again = price.again});
  return text;
}

}  // namespace

Price ExperimentForecast::expected(Price some) const {
  for (const auto& [metric, share] : tried)
    if (const auto found = some.metrics.find(metric); found != some.metrics.end())
      found->second = scaled(found->second, share);
  return some;
}

std::vector<ExperimentForecast> forecast(const Plan& plan, std::span<const Unit> units,
                                         std::span<const Spent> spent, Care care) {
  std::vector<ExperimentForecast> forecasts(plan.experiments.size());
  price_each(plan, units, [&](const Unit& unit, const Price& price) {
    ExperimentForecast& its = forecasts[unit.experiment];
    its.units += 1;
    its.records += unit.samples.size() * unit.cells.size();
    its.price += price;
  });
  const std::map<std::string, Price> prices = prices_by_network(plan, forecasts);
  std::map<std::string, Pace> paces;
  for (std::size_t i = 0; i < forecasts.size(); ++i) {
    const Experiment& experiment = plan.experiments[i];
    if (forecasts[i].units == 0) continue;
    const auto [pace, fresh] = paces.try_emplace(experiment.network_name);
    if (fresh)
      pace->second = measure_pace(experiment.network, numerics_of(plan, experiment, device_of(plan, 0)),
                                  prices.at(experiment.network_name), care);
    forecasts[i].pace = pace->second;
    correct(plan, static_cast<int>(i), spent, forecasts[i]);
    if (care == Care::thorough && forecasts[i].finished == 0)
      forecasts[i].tried = pilot(plan, experiment, device_of(plan, 0));
  }
  return forecasts;
}

std::string forecast_text(const Plan& plan, std::span<const ExperimentForecast> forecasts, int ranks,
                          bool details) {
  std::string names;
  for (const Protocol& protocol : plan.protocols)
    if (protocol.computed) names += (names.empty() ? "" : ", ") + protocol.name;
  std::set<int> batches;
  for (const Experiment& experiment : plan.experiments) batches.insert(experiment.setting.batch);
  std::string text = fmt::format("{} -> {} (protocols: {}; {}, batch {})\n", plan.name, plan.output, names,
                                 plan.device, fmt::join(batches, " or "));
  double seconds = 0, longest_unit = 0, passes = 0;
  for (std::size_t i = 0; i < forecasts.size(); ++i) {
    text += line_of(plan.experiments[i], forecasts[i]);
    if (details) text += details_of(forecasts[i]);
    seconds += forecasts[i].seconds();
    if (forecasts[i].units > 0)
      longest_unit = std::max(longest_unit, forecasts[i].seconds() / static_cast<double>(forecasts[i].units));
    passes += forecasts[i].expected().passes();
  }
  if (passes == 0) return text;
  return text + fmt::format("  about {:.0f} passes in all, {} on {} rank{}\n", passes,
                            readable_duration(std::max(seconds / ranks, longest_unit)), ranks,
                            ranks == 1 ? "" : "s");
}

}  // namespace assay
