#pragma once

#include "harness/report/observed.h"
#include "harness/report/report.h"
#include "harness/report/table.h"

namespace assay {

/// What a report consists of: of confidence-gain Table 1, its legend, details where asked for, side figures;
/// the tables of the other metrics; what methods say of their maps; coverage. Or the leagues, and where there
/// are several how far they agree; or the curves; or, for csv, one long table (the first league). Throws
/// ConfigError for options that name what is not there.
Document document_of(const Observed& observed, const ReportOptions& options);

}  // namespace assay
