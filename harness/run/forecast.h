#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "harness/run/unit.h"

namespace assay {

/// What the units of one experiment will take.
struct ExperimentForecast {
  std::size_t units = 0;
  std::size_t records = 0;  // cells x samples still missing
  Price price;
  double seconds_a_pass = 0;
  double seconds() const { return price.passes() * seconds_a_pass; }
};

/// By experiment of the plan. Where something is to be done, its network's speed is measured with one batch
/// of forwards.
std::vector<ExperimentForecast> forecast(const Plan& plan, std::span<const Unit> units);

/// What a run will do, for people: experiments, images, cells, passes, time on so many ranks. `details` adds
/// the passes of each method and metric.
std::string forecast_text(const Plan& plan, std::span<const ExperimentForecast> forecasts, int ranks,
                          bool details);

}  // namespace assay
