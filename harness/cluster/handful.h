#pragma once

#include <cstddef>
#include <vector>

#include "harness/run/plan.h"

namespace assay {

/// At most `count` places of 0..size-1, evenly apart, the first and the last among them.
std::vector<std::size_t> spread_over(std::size_t size, std::size_t count);

/// The first experiment of each dataset, or of each network.
std::vector<const Experiment*> first_of_each(const Plan& plan, std::string Experiment::*name);

/// The image files of a sample: one, those of the tiles of a mosaic, or none.
std::vector<std::string> files_of(const Sample& sample);

}  // namespace assay
