#pragma once

#include "harness/report/observed.h"
#include "harness/report/table.h"

namespace assay {

/// What the run survived, a line for each kind with when and where it was met first; no notes where there was
/// nothing.
Table fault_table(const Observed& observed);

}  // namespace assay
