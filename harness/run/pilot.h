#pragma once

#include <map>
#include <string>

#include "harness/run/plan.h"

namespace assay {

/// What the metrics of an experiment take, as a share of their price: how long growth loops run depends on
/// the network and the images, and no metric can know it. Observes the first pictures of the experiment
/// (where labels are explained, those whose label the network knows) with the maps of the controls `center`,
/// `edge` and `random` until some seconds have passed, and weighs that against the price as if the price had
/// been seen a few times. By metric; those that cost what they are priced at (Metric::price_varies), or could
/// not be tried, are left out.
std::map<std::string, double> pilot(const Plan& plan, const Experiment& experiment, at::Device device);

}  // namespace assay
