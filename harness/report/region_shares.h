#pragma once

#include <vector>

#include "harness/report/gain_cells.h"

namespace assay {

/// Gives each cell what the region-overlap rows of its protocol, experiment, configuration and rho say.
void add_region_shares(std::vector<GainCell>& cells, const Observed& observed);

}  // namespace assay
