#pragma once

#include "harness/report/observed.h"

namespace assay {

/// Leaves of every dataset that both results have the samples that both have, in a's order, so that records
/// can be compared place by place. Costs and figures of maps, which are by explanation, stay.
void keep_common_samples(Observed& a, Observed& b);

}  // namespace assay
