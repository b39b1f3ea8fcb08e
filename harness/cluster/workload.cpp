#include "harness/cluster/workload.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/cluster/time_limit.h"
#include "harness/run/progress.h"

namespace assay {
namespace {

constexpr double kStart = 120;  // seconds to start the ranks, read data and networks, merge

/// At least the longest unit, however many ranks there are.
double seconds_on_ranks(const Workload& work, const ClusterProfile& profile) {
  return std::max(work.seconds / static_cast<double>(profile.ranks()), work.longest_unit);
}

std::int64_t uncapped(const Workload& work, const ClusterProfile& profile) {
  const double seconds = kStart + profile.factor * seconds_on_ranks(work, profile);
  return static_cast<std::int64_t>(std::ceil(std::min(seconds, 1e9) / 60)) * 60;
}

}  // namespace

Workload workload_of(const Plan& plan, const ClusterProfile& profile, Care care) {
  const Finished finished = Finished::of_folder(plan.output);
  const std::vector<Unit> units = units_of(plan, finished);
  return workload_of(plan, units, forecast(plan, units, finished.spent(), care), profile.speed);
}

Workload workload_of(const Plan& plan, std::span<const Unit> units,
                     std::span<const ExperimentForecast> forecasts, double speed) {
  const auto scale = [&](const ExperimentForecast& its) { return its.finished > 0 ? 1 : 1 / speed; };
  Workload work{.units = units.size(), .seconds = 0, .longest_unit = 0};
  for (const ExperimentForecast& its : forecasts) work.seconds += its.seconds() * scale(its);
  price_each(plan, units, [&](const Unit& unit, const Price& price) {
    const ExperimentForecast& its = forecasts[unit.experiment];
    work.longest_unit = std::max(work.longest_unit, its.seconds(price) * scale(its));
  });
  return work;
}

std::int64_t seconds_to_ask(const Workload& work, const ClusterProfile& profile) {
  return std::clamp(uncapped(work, profile), profile.shortest, profile.longest);
}

std::string reason_to_ask(const Workload& work, const ClusterProfile& profile) {
  const std::string expected = fmt::format("About {} on {} ranks, times {}, and {} to start",
                                           readable_duration(seconds_on_ranks(work, profile)),
                                           profile.ranks(), profile.factor, readable_duration(kStart));
  const std::int64_t wanted = uncapped(work, profile);
  if (wanted > profile.longest)
    return expected + "; cut to what the profile allows, the rest after requeues.";
  return expected + (wanted < profile.shortest ? "; raised to the profile's least." : ".");
}

std::vector<std::string> remarks_on(const Workload& work, const ClusterProfile& profile,
                                    std::int64_t seconds) {
  std::vector<std::string> remarks;
  const auto ranks = static_cast<std::size_t>(profile.ranks());
  if (work.units == 0) remarks.push_back("nothing is left to compute");
  if (work.units > 0 && work.units < ranks)
    remarks.push_back(fmt::format("{} units for {} ranks: {} of them will have nothing to do", work.units,
                                  ranks, ranks - work.units));
  if (work.longest_unit > static_cast<double>(profile.patience()))
    remarks.push_back(fmt::format(
        "a unit takes up to {}, and gets {} when the limit is near (requeue.notice of the profile): those in "
        "flight will be computed again after each requeue",
        readable_duration(work.longest_unit), readable_duration(static_cast<double>(profile.patience()))));
  const double useful = std::max(1.0, static_cast<double>(seconds - profile.notice) - kStart);
  const double starts = std::ceil(seconds_on_ranks(work, profile) / useful);
  if (starts - 1 > static_cast<double>(profile.most_requeues))
    remarks.push_back(
        fmt::format("about {:.0f} starts of {} are needed, {} are allowed (requeue.most of the profile)",
                    starts, limit_text(seconds), profile.most_requeues + 1));
  else if (starts > 1)
    remarks.push_back(fmt::format("will be requeued about {:.0f} times", starts - 1));
  return remarks;
}

}  // namespace assay
