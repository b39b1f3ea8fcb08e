#include "harness/report/filters.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/report/add_once.h"

namespace assay {

void require_known(const std::vector<std::string>& asked, const std::vector<std::string>& known,
                   std::string_view what) {
  for (const std::string& name : asked)
    if (std::ranges::find(known, name) == known.end())
      throw ConfigError(
          fmt::format("unknown {} '{}'; known: {}", what, name, nearest_names(name, known, 32)));
}

bool wanted(const std::vector<std::string>& asked, const std::string& name) {
  return asked.empty() || std::ranges::find(asked, name) != asked.end();
}

std::vector<std::string> protocols_asked(const Layout& layout, const ReportOptions& options) {
  std::vector<std::string> known;
  for (const RowInfo& row : layout.rows) add_once(known, row.protocol);
  std::vector<std::string> asked;
  for (const std::string& name : options.protocols) {
    if (name == "both" || name == "all") return known;
    add_once(asked, name);
  }
  require_known(asked, known, "protocol");
  return asked.empty() ? known : asked;
}

}  // namespace assay
