#pragma once

#include <functional>

#include "harness/run/tuning.h"

namespace assay {

/// Pixels [1,3,H,W] in which every value occurs, for measuring.
Tensor trial_pixels(const Preprocess& input);

/// Tries full forwards of a network in each of settings_to_try(), in turn, so many rounds: the median rates
/// and the best. `done` is called after each forward.
TunedNetwork try_settings(const std::string& name, const Network& network, at::Device device, int rounds,
                          const std::function<void()>& done);

}  // namespace assay
