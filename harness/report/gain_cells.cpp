#include "harness/report/gain_cells.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "harness/report/add_once.h"
#include "harness/report/filters.h"
#include "harness/report/images.h"
#include "harness/report/paper_names.h"
#include "harness/report/region_shares.h"
#include "harness/report/selection.h"

namespace assay {
namespace {

bool wanted_rho(const std::vector<double>& asked, double rho) {
  return asked.empty() || std::ranges::any_of(asked, [&](double r) { return std::abs(r - rho) < 1e-9; });
}

void check_filters(const GainTable& all, const ReportOptions& options) {
  std::vector<std::string> datasets, networks, rhos, asked_rhos;
  for (const GainCell& cell : all.cells) {
    add_once(datasets, cell.dataset);
    add_once(networks, cell.network);
    add_once(rhos, fmt::format("{}", cell.rho));
  }
  for (const double rho : options.rhos) asked_rhos.push_back(fmt::format("{}", rho));
  require_known(options.datasets, datasets, "dataset");
  require_known(options.networks, networks, "network");
  require_known(asked_rhos, rhos, "rho");
}

void check_overrides(const Json& scores) {
  try {
    Params params(scores);
    read_gain_protocol(params);
    params.finish();
  } catch (const ConfigError& error) {
    throw ConfigError(fmt::format("--scores: {}", error.what()));
  }
}

ScoredProtocol protocol_of(const std::string& name, const Json& config, const Json& overrides) {
  Json settings = scoring_settings(config, name, "confidence-gain");
  settings.update(overrides);
  Params params(settings);
  ScoredProtocol protocol{.name = name, .scoring = read_gain_protocol(params), .settings = {}};
  protocol.settings = params.resolved();
  return protocol;
}

/// Growth that was not observed cannot be scored.
void check_growth(const RowInfo& row, const Observed& observed, const Json& overrides) {
  const auto asked = overrides.find("growth_limit");
  if (asked == overrides.end()) return;
  const Json& limit = observed.layout.cells.at(row.cell).settings.at("limit");
  if (*asked > limit)
    throw ConfigError(
        fmt::format("--scores: growth_limit: {} growth steps were observed of '{}', not {}; run it with a "
                    "larger limit",
                    limit.dump(), row.name, asked->dump()));
}

GainCell cell_of(const RowInfo& row, const Observed& observed, const GainProtocol& scoring) {
  const Layout& layout = observed.layout;
  const CellInfo& info = layout.cells.at(row.cell);
  const ExplanationInfo& explanation = layout.explanations.at(info.explanation);
  const ExperimentInfo& experiment = layout.experiments.at(explanation.experiment);
  GainCell cell;
  cell.protocol = row.protocol;
  cell.dataset = experiment.dataset;
  cell.network = experiment.network;
  cell.experiment = explanation.experiment;
  cell.explanation = info.explanation;
  cell.row = row.name;
  cell.method = explanation.method;
  cell.control = is_control(explanation.method);
  cell.rho = info.settings.at("rho").get<double>();
  cell.mask_rule = mask_rule_text(info.settings);
  cell.base_text = info.settings.at("base").get<std::string>();
  cell.note = row.note;
  cell.published_row = published_row(explanation);
  cell.published_dataset = published_dataset(experiment, layout.config);
  cell.records = observed.records.at(row.cell);
  for (const Record& record : cell.records) cell.scores.push_back(gain_score(record, scoring));
  return cell;
}

void label_bases(std::vector<GainCell>& cells) {
  std::map<std::pair<std::string, std::string>, std::set<std::string>> kinds;
  for (const GainCell& cell : cells)
    kinds[{cell.protocol, base_label(cell.base_text)}].insert(cell.base_text);
  for (GainCell& cell : cells) {
    const std::string label = base_label(cell.base_text);
    cell.base = kinds[{cell.protocol, label}].size() > 1 ? cell.base_text : label;
  }
}

/// Cells of one protocol and experiment.
std::vector<GainCell*> together(std::vector<GainCell>& cells, const std::string& protocol, int experiment) {
  std::vector<GainCell*> found;
  for (GainCell& cell : cells)
    if (cell.protocol == protocol && cell.experiment == experiment) found.push_back(&cell);
  return found;
}

/// A control leaves nobody out, but is compared on the same images.
void follow(GainCell& control, const std::vector<GainScore>& decided) {
  for (std::size_t i = 0; i < decided.size(); ++i) {
    GainScore& score = control.scores[i];
    score.reason_scg.add(Reason::elsewhere,
                         score.reason_scg.empty() && decided[i].reason_scg.of_confidence());
    score.reason_ccg.add(Reason::elsewhere,
                         score.reason_ccg.empty() && decided[i].reason_ccg.of_confidence());
  }
}

void exclude_globally(const std::vector<GainCell*>& cells) {
  std::vector<std::vector<GainScore>> scores;
  for (GainCell* cell : cells)
    if (!cell->control) scores.push_back(std::move(cell->scores));
  leave_out_globally(scores);
  for (GainCell* cell : cells)
    if (cell->control)
      for (const std::vector<GainScore>& decided : scores) follow(*cell, decided);
  for (auto next = scores.begin(); GainCell * cell : cells)
    if (!cell->control) cell->scores = std::move(*next++);
}

}  // namespace

std::string mask_rule_text(const Json& settings) {
  return settings.value("mask", "") + " " + settings.value("ties", "");
}

GainTable score_cells(const Observed& observed, const ReportOptions& options) {
  check_overrides(options.scores);
  GainTable table;
  table.precision =
      observed.layout.config.value("numerics", Json::object()).value("precision", std::string("float32"));
  for (const std::vector<SampleRow>& samples : observed.samples)
    table.images.push_back(image_indices(samples));
  for (const std::string& name : protocols_asked(observed.layout, options)) {
    table.protocols.push_back(protocol_of(name, observed.layout.config, options.scores));
    const GainProtocol& scoring = table.protocols.back().scoring;
    for (const RowInfo& row : observed.layout.rows) {
      if (row.protocol != name || observed.layout.cells.at(row.cell).metric != "confidence-gain") continue;
      check_growth(row, observed, options.scores);
      table.cells.push_back(cell_of(row, observed, scoring));
    }
    if (scoring.exclude == "global")
      for (std::size_t i = 0; i < observed.layout.experiments.size(); ++i)
        exclude_globally(together(table.cells, name, static_cast<int>(i)));
  }
  add_region_shares(table.cells, observed);
  label_bases(table.cells);
  check_filters(table, options);
  std::erase_if(table.cells, [&](const GainCell& cell) {
    return !wanted(options.datasets, cell.dataset) || !wanted(options.networks, cell.network) ||
           !wanted_rho(options.rhos, cell.rho);
  });
  return table;
}

const GainProtocol& scoring_of(const GainTable& table, const std::string& protocol) {
  return std::ranges::find(table.protocols, protocol, &ScoredProtocol::name)->scoring;
}

ConditionsHold conditions_hold_everywhere(const GainTable& table, const std::string& protocol,
                                          int experiment) {
  std::vector<bool> seen, base_fails, any_fails;
  for (const GainCell& cell : table.cells) {
    if (cell.protocol != protocol || cell.experiment != experiment || cell.control) continue;
    for (std::vector<bool>* images : {&seen, &base_fails, &any_fails}) images->resize(cell.scores.size());
    for (std::size_t i = 0; i < cell.scores.size(); ++i) {
      const GainScore& score = cell.scores[i];
      if (score.observed) seen[i] = true;
      if (score.reason_scg.has(Reason::base_not_lower)) base_fails[i] = true;
      if (score.reason_scg.of_confidence() || score.reason_ccg.of_confidence()) any_fails[i] = true;
    }
  }
  ConditionsHold count{.images = seen.size()};
  for (std::size_t i = 0; i < seen.size(); ++i) {
    count.base_lower += seen[i] && !base_fails[i];
    count.all += seen[i] && !any_fails[i];
  }
  return count;
}

}  // namespace assay
