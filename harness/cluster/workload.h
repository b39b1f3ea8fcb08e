#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "harness/cluster/profile.h"
#include "harness/run/forecast.h"

namespace assay {

/// What is left to do of one run, in seconds of a rank of the cluster.
struct Workload {
  std::size_t units = 0;
  double seconds = 0;       // of all units
  double longest_unit = 0;  // of the longest
};

/// The forecast of `assay plan` for what is not finished yet. Where units of an experiment are finished, they
/// say how fast it goes there; elsewhere what is measured here is divided by the profile's speed.
Workload workload_of(const Plan& plan, const ClusterProfile& profile, Care care);
/// The same from a forecast of these units.
Workload workload_of(const Plan& plan, std::span<const Unit> units,
                     std::span<const ExperimentForecast> forecasts, double speed);

/// The time limit to ask for, in seconds: to start (two minutes), then the profile's factor times what its
/// ranks will take; whole minutes, not below the profile's shortest nor above its longest.
std::int64_t seconds_to_ask(const Workload& work, const ClusterProfile& profile);
/// The reason of that limit, in a line.
std::string reason_to_ask(const Workload& work, const ClusterProfile& profile);

/// What a user should know before it is submitted, a line each: idle ranks, units longer than the notice, a
/// limit of `seconds` that is met again and again.
std::vector<std::string> remarks_on(const Workload& work, const ClusterProfile& profile,
                                    std::int64_t seconds);

}  // namespace assay
