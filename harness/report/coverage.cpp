#include "harness/report/coverage.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "harness/report/add_once.h"
#include "harness/report/images.h"

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

std::string place_of(const ExperimentInfo& experiment) {
  return fmt::format("{} / {}", experiment.dataset, experiment.network);
}

std::size_t images_in(const std::vector<SampleRow>& samples) {
  return image_count(image_indices(samples));
}

/// `both`: images and samples, which differ somewhere.
Table::Row coverage_row(const std::string& place, const std::vector<SampleRow>& samples, bool both) {
  const auto ok = std::ranges::count(samples, Status::ok, &SampleRow::status);
  const auto right = std::ranges::count_if(
      samples, [](const SampleRow& sample) { return sample.status == Status::ok && sample.right; });
  Table::Row row{.block = "", .name = place, .cells = {{fmt::format("{}", images_in(samples))}}};
  if (both) row.cells.push_back({fmt::format("{}", samples.size())});
  row.cells.push_back({fmt::format("{}", ok)});
  row.cells.push_back({fmt::format("{}", right)});
  row.cells.push_back({reasons_text(samples)});
  return row;
}

/// "row on dataset / network: 3 of 20 suspect (constant map)", each once.
std::vector<std::string> trouble(const ShownRecords& cell, const std::string& place,
                                 const std::vector<SampleRow>& samples) {
  std::map<std::pair<Status, std::string>, std::size_t> counts;
  for (std::size_t i = 0; i < cell.records.size(); ++i) {
    const Record& record = cell.records[i];
    const bool read = i >= samples.size() || samples[i].status == Status::ok;
    if (read && record.status != Status::skipped && (record.status != Status::ok || !record.reason.empty()))
      ++counts[{record.status, record.reason}];
  }
  std::vector<std::string> lines;
  for (const auto& [what, count] : counts)
    lines.push_back(fmt::format("{} on {}: {} of {} {} ({})", cell.row, place, count, cell.records.size(),
                                name_of(what.first), what.second));
  return lines;
}

}  // namespace

std::vector<ShownRecords> shown_records(const GainTable& table) {
  std::vector<ShownRecords> shown;
  for (const GainCell& cell : table.cells) shown.push_back({cell.experiment, cell.row, cell.records});
  return shown;
}

std::vector<ShownRecords> shown_records(const ScoredTable& table) {
  std::vector<ShownRecords> shown;
  for (const ScoredCell& cell : table.cells) shown.push_back({cell.experiment, cell.row, cell.records});
  return shown;
}

Table coverage_table(const Observed& observed, const std::vector<ShownRecords>& shown) {
  Table coverage{.title = "Coverage",
                 .corner = "dataset / network",
                 .heads = {{"images", "read", "right", "not read"}},
                 .left = {false, false, false, true},
                 .rows = {},
                 .notes = {}};
  const bool both = std::ranges::any_of(shown, [&](const ShownRecords& cell) {
    const std::vector<SampleRow>& samples = observed.samples.at(static_cast<std::size_t>(cell.experiment));
    return images_in(samples) != samples.size();
  });
  if (both) {
    coverage.heads = {{"images", "samples", "read", "right", "not read"}};
    coverage.left = {false, false, false, false, true};
  }
  std::set<int> done;
  for (const ShownRecords& cell : shown) {
    const auto experiment = static_cast<std::size_t>(cell.experiment);
    const std::vector<SampleRow>& samples = observed.samples.at(experiment);
    const std::string place = place_of(observed.layout.experiments.at(experiment));
    if (done.insert(cell.experiment).second) coverage.rows.push_back(coverage_row(place, samples, both));
    for (const std::string& line : trouble(cell, place, samples)) add_once(coverage.notes, line);
  }
  if (const std::size_t faults = observed.faults.size(); faults > 0)
    coverage.notes.push_back(
        fmt::format("the run survived {} fault{} (--details)", faults, faults == 1 ? "" : "s"));
  return coverage;
}

}  // namespace assay
