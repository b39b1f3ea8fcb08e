#include "harness/report/report.h"

#include "harness/report/document.h"

namespace assay {

std::string report_text(const std::string& results_file, const ReportOptions& options) {
  return render(document_of(load(Results(results_file)), options), options.format);
}

}  // namespace assay
