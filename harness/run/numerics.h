#pragma once

#include <optional>
#include <string>

#include "harness/run/config.h"
#include "harness/run/plan.h"

namespace assay {

/// Reads the key `numerics`, but for the tuning file, into the plan and its resolved configuration. Throws
/// ConfigError with the place of the key.
void read_numerics(const Config& config, Plan& plan);

/// The tuning file that the configuration names, if it does and is to be used. Throws ConfigError: also when
/// it was made on another device.
std::optional<Tuning> tuning_of(const Config& config, const PlanOptions& options, const Plan& plan);

/// A network's way to predict: a batch that is written in the configuration wins over the tuning file's.
/// Throws ConfigError when the file does not know the network.
InferenceSetting setting_of(const Config& config, const Plan& plan, const std::optional<Tuning>& tuning,
                            const NamedNetwork& network);
/// By network, into the configuration that the results hold.
void note_setting(const std::string& network, const InferenceSetting& setting, Plan& plan);

/// What the bits of an experiment depend on: as without a tuning file where that changes nothing.
Json identity_of(const Plan& plan, const InferenceSetting& setting);

}  // namespace assay
