#pragma once

#include "harness/report/observed.h"
#include "harness/report/report.h"
#include "harness/report/table.h"

namespace assay {

/// What a report consists of: Table 1, details where asked for, legend, side figures, coverage; or the
/// league; or, for csv, one long table. Throws ConfigError for options that name what is not there.
Document document_of(const Observed& observed, const ReportOptions& options);

}  // namespace assay
