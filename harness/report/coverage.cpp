#include "harness/report/coverage.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "harness/report/numbers.h"

namespace assay {
namespace {

std::string reasons_text(const std::vector<SampleRow>& samples) {
  std::map<std::string, std::vector<std::string>> files;
  for (const SampleRow& sample : samples)
    if (sample.status != Status::ok)
      files[fmt::format("{}: {}", name_of(sample.status), sample.reason)].push_back(sample.name);
  std::string text;
  for (const auto& [reason, names] : files)
    text += fmt::format("{}{} {} ({}{})", text.empty() ? "" : ", ", names.size(), reason, names.front(),
                        names.size() > 1 ? ", ..." : "");
  return text.empty() ? "-" : text;
}

Table::Row coverage_row(const GainCell& cell, const std::vector<SampleRow>& samples) {
  const auto ok = std::ranges::count(samples, Status::ok, &SampleRow::status);
  const auto right = std::ranges::count_if(
      samples, [](const SampleRow& sample) { return sample.status == Status::ok && sample.right; });
  return {.block = "",
          .name = full_name(cell),
          .cells = {{fmt::format("{}", samples.size())},
                    {fmt::format("{}", ok)},
                    {fmt::format("{}", right)},
                    {reasons_text(samples)}}};
}

/// "row on dataset / network: suspect 3 of 20 (constant map)", each once, of the first mask and base.
std::vector<std::string> trouble(const GainCell& cell, const std::vector<SampleRow>& samples) {
  std::map<std::pair<Status, std::string>, std::size_t> counts;
  for (std::size_t i = 0; i < cell.records.size(); ++i) {
    const Record& record = cell.records[i];
    const bool read = i >= samples.size() || samples[i].status == Status::ok;
    if (read && (record.status == Status::suspect || record.status == Status::failed))
      ++counts[{record.status, record.reason}];
  }
  std::vector<std::string> lines;
  for (const auto& [what, count] : counts)
    lines.push_back(fmt::format("{} on {}: {} of {} {} ({})", cell.row, full_name(cell), count,
                                cell.records.size(), name_of(what.first), what.second));
  return lines;
}

}  // namespace

Table coverage_table(const Observed& observed, const GainTable& table) {
  Table coverage{.title = "Coverage",
                 .corner = "dataset / network",
                 .heads = {{"images", "read", "right", "not read"}},
                 .left = {false, false, false, true},
                 .rows = {},
                 .notes = {}};
  std::set<int> done;
  for (const GainCell& cell : table.cells) {
    const std::vector<SampleRow>& samples = observed.samples.at(cell.experiment);
    if (done.insert(cell.experiment).second) coverage.rows.push_back(coverage_row(cell, samples));
    for (const std::string& line : trouble(cell, samples))
      if (std::ranges::find(coverage.notes, line) == coverage.notes.end()) coverage.notes.push_back(line);
  }
  return coverage;
}

}  // namespace assay
