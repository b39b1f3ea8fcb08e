#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/report/report.h"
#include "harness/store/layout.h"

namespace assay {

/// Throws ConfigError for a name that is not `known`, listing those that are.
void require_known(const std::vector<std::string>& asked, const std::vector<std::string>& known,
                   std::string_view what);

/// Whether a filter lets a name pass; an empty one is none.
bool wanted(const std::vector<std::string>& asked, const std::string& name);

/// Those that the options ask for, in their order, or all of the layout. Throws ConfigError for an unknown
/// one.
std::vector<std::string> protocols_asked(const Layout& layout, const ReportOptions& options);

}  // namespace assay
