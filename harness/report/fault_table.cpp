#include "harness/report/fault_table.h"

#include <fmt/format.h>

#include <map>

namespace assay {

Table fault_table(const Observed& observed) {
  Table table{.title = "Faults that the run survived",
              .corner = "",
              .heads = {},
              .left = {},
              .rows = {},
              .notes = {}};
  std::map<std::string, std::size_t> counts;
  for (const Fault& fault : observed.faults) ++counts[fault.what];
  for (const Fault& fault : observed.faults) {
    const auto count = counts.extract(fault.what);
    if (count.empty()) continue;
    table.notes.push_back(
        fmt::format("{} {} rank {}: {}{}", fault.date, fault.host, fault.rank, fault.what,
                    count.mapped() > 1 ? fmt::format(" ({} times)", count.mapped()) : std::string()));
  }
  return table;
}

}  // namespace assay
