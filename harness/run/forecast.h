#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "harness/run/pace.h"

namespace assay {

/// What the units of one experiment will take.
struct ExperimentForecast {
  std::size_t units = 0;
  std::size_t records = 0;  // cells x samples still missing
  Price price;
  Pace pace;                 // of its network; zero where nothing is to be done
  double correction = 1;     // what the finished units took, over what `pace` says of them
  std::size_t finished = 0;  // units that the correction is made of
  std::map<std::string, double>
      tried;  // by metric, where nothing is finished: what a pilot took of its price
  /// A price of some of its units, with what the pilot found; or that of all.
  Price expected(Price some) const;
  Price expected() const { return expected(price); }
  double seconds(const Price& some) const { return correction * pace.seconds(expected(some)); }
  double seconds() const { return seconds(price); }
};

/// By experiment of the plan. Where something is to be done, the pace of its network is measured, once a
/// network; what `spent` says of the experiment's finished units corrects it. Where there are none, and time
/// for it, metrics are tried on a few images (pilot.h).
std::vector<ExperimentForecast> forecast(const Plan& plan, std::span<const Unit> units,
                                         std::span<const Spent> spent, Care care);

/// What a run will do, for people: experiments, images, cells, passes, time on so many ranks. `details` adds
/// the passes, multiply-adds and time of each method and metric.
std::string forecast_text(const Plan& plan, std::span<const ExperimentForecast> forecasts, int ranks,
                          bool details);

}  // namespace assay
