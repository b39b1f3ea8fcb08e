#include "harness/report/cost_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "harness/core/statistics.h"
#include "harness/report/add_once.h"
#include "harness/report/filters.h"
#include "harness/report/numbers.h"

namespace assay {
namespace {

/// Names of one thing's rows, and the protocols that show them.
struct Shown {
  std::vector<std::string> names, protocols;
};

std::string joined_by_commas(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

bool is_served(Status status) {
  return status == Status::ok || status == Status::suspect;
}

/// Collects the rows of one experiment.
class Collector {
 public:
  Collector(const Observed& observed, const ReportOptions& options, int experiment)
      : observed_(observed), layout_(observed.layout), experiment_(experiment) {
    for (const std::string& protocol : protocols_asked(layout_, options))
      for (const RowInfo& row : layout_.rows)
        if (row.protocol == protocol) show(row);
  }

  void add_to(std::vector<CostRow>& rows) const {
    std::map<std::string, int> uses;
    for (const auto& [explanation, shown] : explanations_) ++uses[joined_by_commas(shown.names)];
    const ExperimentInfo& experiment = layout_.experiments.at(experiment_);
    const CostRow mine{
        .dataset = experiment.dataset, .network = experiment.network, .name = "", .images = {}};
    for (const auto& [explanation, shown] : explanations_) {
      std::string name = joined_by_commas(shown.names);
      if (uses.at(name) > 1) name += " (" + joined_by_commas(shown.protocols) + ")";
      CostRow& row = rows.emplace_back(mine);
      row.name = std::move(name);
      row.images = observed_.costs.at(explanation);
    }
    for (const auto& [metric, cells] : cells_) {
      CostRow& row = rows.emplace_back(mine);
      row.name = metric;
      row.is_metric = true;
      row.images = images_of(cells);
    }
  }

 private:
  void show(const RowInfo& row) {
    const CellInfo& cell = layout_.cells.at(row.cell);
    if (layout_.explanations.at(cell.explanation).experiment != experiment_) return;
    Shown& shown = explanations_[cell.explanation];
    add_once(shown.names, row.name);
    add_once(shown.protocols, row.protocol);
    add_once(cells_[cell.metric], row.cell);
  }

  /// By image, all records of these cells.
  std::vector<Cost> images_of(const std::vector<int>& cells) const {
    std::map<std::size_t, Cost> sums;
    for (const int cell : cells) {
      const std::vector<Record>& records = observed_.records.at(cell);
      for (std::size_t i = 0; i < records.size(); ++i)
        if (is_served(records[i].status)) sums[i] += records[i].cost;
    }
    std::vector<Cost> images;
    for (const auto& [image, cost] : sums) images.push_back(cost);
    return images;
  }

  const Observed& observed_;
  const Layout& layout_;
  int experiment_;
  std::map<int, Shown> explanations_;              // in the order of the plan
  std::map<std::string, std::vector<int>> cells_;  // by metric
};

/// Four digits, and all those before the point.
std::string four_digits(double value) {
  return value >= 1000 ? fmt::format("{:.0f}", value) : fmt::format("{:.4g}", value);
}

std::string saved(const Work& work) {
  if (work.asked == 0) return "-";
  return percent(1 - static_cast<double>(work.done) / static_cast<double>(work.asked));
}

Table::Row table_row(const CostRow& row, bool csv) {
  const Cost sum = row.sum();
  const auto images = static_cast<double>(row.images.size());
  const auto each = [&](std::int64_t total, double unit) {
    return Table::Cell{row.images.empty() ? "-" : four_digits(static_cast<double>(total) / unit / images)};
  };
  const std::string mark = csv ? "" : row.is_metric ? "+" : " ";
  const std::string median = row.images.empty() ? "-" : fmt::format("{:.3f}", row.median_seconds());
  Table::Row made{.block = fmt::format("{} / {}", row.dataset, row.network),
                  .name = row.name,
                  .cells = {{fmt::format("{}", row.images.size())},
                            each(sum.forwards, 1),
                            each(sum.backwards, 1),
                            each(sum.work.asked, 1e9),
                            each(sum.work.done, 1e9),
                            {saved(sum.work)},
                            {median + mark},
                            {fmt::format("{:.3f}", sum.seconds) + mark}}};
  const std::string apportioned = row.is_metric ? "yes" : "no";
  if (csv)
    for (const std::string& word : {apportioned, row.dataset, row.network}) made.cells.push_back({word});
  return made;
}

std::string memory_text(double bytes) {
  return fmt::format("{:.0f} MiB", bytes / (1 << 20));
}

/// What was really spent on the experiments shown.
std::string units_text(const Observed& observed, const ReportOptions& options) {
  std::vector<double> memory;
  double seconds = 0;
  for (const UnitResult& unit : observed.units) {
    const auto experiment =
        std::ranges::find(observed.layout.experiments, unit.experiment, &ExperimentInfo::id);
    if (experiment == observed.layout.experiments.end() || !wanted(options.datasets, experiment->dataset) ||
        !wanted(options.networks, experiment->network))
      continue;
    seconds += unit.seconds;
    memory.push_back(static_cast<double>(unit.peak_memory));
  }
  if (memory.empty()) return "no unit was computed";
  return fmt::format("{} units took {:.1f} s; peak memory of a unit: at most {}, median {}", memory.size(),
                     seconds, memory_text(std::ranges::max(memory)), memory_text(median_of(memory)));
}

std::vector<std::string> cost_notes(const std::vector<CostRow>& rows, const Observed& observed,
                                    const ReportOptions& options) {
  Cost total;
  for (const CostRow& row : rows) total += row.sum();
  return {"saved: multiply-adds not done, because only the windows that a change can reach are computed anew",
          "work that several rows share (occlusions, activations) is in each of them, with its time",
          "seconds+ are apportioned by forwards: the records of a metric share their waves; an image's are "
          "added up",
          fmt::format("in all: {} forwards, {} backwards, {} GMAC asked, {} done ({} saved)", total.forwards,
                      total.backwards, four_digits(static_cast<double>(total.work.asked) / 1e9),
                      four_digits(static_cast<double>(total.work.done) / 1e9), saved(total.work)),
          units_text(observed, options)};
}

}  // namespace

Cost CostRow::sum() const {
  Cost sum;
  for (const Cost& image : images) sum += image;
  return sum;
}

double CostRow::median_seconds() const {
  std::vector<double> seconds;
  for (const Cost& image : images) seconds.push_back(image.seconds);
  return median_of(seconds);
}

std::vector<CostRow> cost_rows(const Observed& observed, const ReportOptions& options) {
  std::vector<std::string> datasets, networks;
  for (const ExperimentInfo& experiment : observed.layout.experiments) {
    add_once(datasets, experiment.dataset);
    add_once(networks, experiment.network);
  }
  require_known(options.datasets, datasets, "dataset");
  require_known(options.networks, networks, "network");
  std::vector<CostRow> rows;
  for (std::size_t i = 0; i < observed.layout.experiments.size(); ++i) {
    const ExperimentInfo& experiment = observed.layout.experiments[i];
    if (wanted(options.datasets, experiment.dataset) && wanted(options.networks, experiment.network))
      Collector(observed, options, static_cast<int>(i)).add_to(rows);
  }
  return rows;
}

Document cost_document(const Observed& observed, const ReportOptions& options) {
  const bool csv = options.format == "csv";
  const std::vector<CostRow> rows = cost_rows(observed, options);
  Table table{
      .title = "Cost",
      .corner = "configuration",
      .heads = {{"", "per image", "per image", "per image", "per image", "", "seconds", "seconds"},
                {"images", "forwards", "backwards", "GMAC asked", "GMAC done", "saved", "median", "sum"}},
      .left = {},
      .rows = {},
      .notes = cost_notes(rows, observed, options)};
  if (csv)
    for (const char* word : {"apportioned", "dataset", "network"}) {
      table.heads[0].push_back("");
      table.heads[1].push_back(word);
    }
  for (const CostRow& row : rows) table.rows.push_back(table_row(row, csv));
  return {table};
}

}  // namespace assay
