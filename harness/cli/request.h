#pragma once

#include <CLI/CLI.hpp>

#include "harness/run/session.h"

namespace assay {

/// CONFIG.yaml and the options that `run` and `plan` share.
void add_request(CLI::App& command, RunRequest& request);

}  // namespace assay
