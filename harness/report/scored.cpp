#include "harness/report/scored.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "harness/report/add_once.h"
#include "harness/report/filters.h"
#include "harness/report/images.h"
#include "harness/report/paper_names.h"

namespace assay {
namespace {

const Entry<Scoring>& scoring_entry(const std::string& metric) {
  return *std::ranges::find(scorings(), metric, &Entry<Scoring>::name);
}

/// A scoring under a protocol, with what it was made from.
struct Scorer {
  std::unique_ptr<Scoring> scoring;
  ScoredMetric metric;
};

void check_scored_overrides(const Entry<Scoring>& entry, const Json& overrides) {
  try {
    Params params(overrides);
    entry.make(params);
    params.finish();
  } catch (const ConfigError& error) {
    throw ConfigError(fmt::format("--scores: {}", error.what()));
  }
}

Scorer scorer_of(const SelectedMetric& selected, const std::string& protocol, const Json& config,
                 const Json& overrides) {
  const Entry<Scoring>& entry = scoring_entry(selected.metric);
  check_scored_overrides(entry, overrides);
  Json settings = scoring_settings(config, protocol, selected.metric);
  settings.update(overrides);
  Params params(settings);
  Scorer scorer{entry.make(params), {protocol, selected.metric, {}, {}, "", params.resolved()}};
  scorer.metric.scores = scorer.scoring->scores();
  scorer.metric.chance = scorer.scoring->chance();
  for (std::size_t i = 0; i < scorer.metric.scores.size(); ++i)
    if (std::ranges::find(selected.scores, scorer.metric.scores[i].name) != selected.scores.end())
      scorer.metric.shown.push_back(i);
  return scorer;
}

ScoredRecord scored_record(const Record& record, const Scorer& scorer) {
  if (record.status == Status::ok || record.status == Status::suspect) return scorer.scoring->score(record);
  const ScoreValue nothing{kNaN, kNaN, name_of(record.status)};
  return {std::vector<ScoreValue>(scorer.metric.scores.size(), nothing), -1};
}

ScoredCell scored_cell(const RowInfo& row, const Observed& observed, const Scorer& scorer) {
  const Layout& layout = observed.layout;
  const CellInfo& info = layout.cells.at(static_cast<std::size_t>(row.cell));
  const ExplanationInfo& explanation = layout.explanations.at(static_cast<std::size_t>(info.explanation));
  const ExperimentInfo& experiment = layout.experiments.at(static_cast<std::size_t>(explanation.experiment));
  ScoredCell cell;
  cell.protocol = row.protocol;
  cell.dataset = experiment.dataset;
  cell.network = experiment.network;
  cell.experiment = explanation.experiment;
  cell.explanation = info.explanation;
  cell.metric = info.metric;
  cell.variant = row.variant;
  cell.row = row.name;
  cell.method = explanation.method;
  cell.settings = explanation.settings;
  cell.control = is_control(explanation.method);
  cell.note = row.note;
  cell.records = observed.records.at(static_cast<std::size_t>(row.cell));
  for (const Record& record : cell.records) cell.scored.push_back(scored_record(record, scorer));
  return cell;
}

bool has_wanted_rho(const Json& settings, const std::vector<double>& asked) {
  const auto rho = settings.find("rho");
  if (asked.empty() || rho == settings.end()) return true;
  return std::ranges::any_of(asked, [&](double one) { return std::abs(one - rho->get<double>()) < 1e-9; });
}

void filter(ScoredTable& table, const ReportOptions& options) {
  std::vector<std::string> datasets, networks;
  for (const ScoredCell& cell : table.cells) {
    add_once(datasets, cell.dataset);
    add_once(networks, cell.network);
  }
  require_known(options.datasets, datasets, "dataset");
  require_known(options.networks, networks, "network");
  std::erase_if(table.cells, [&](const ScoredCell& cell) {
    return !wanted(options.datasets, cell.dataset) || !wanted(options.networks, cell.network);
  });
}

/// Classes counted from 0.
std::vector<std::size_t> dense_groups(const std::vector<ScoredRecord>& scored) {
  std::map<std::int64_t, std::size_t> known;
  std::vector<std::size_t> groups;
  for (const ScoredRecord& record : scored)
    groups.push_back(known.try_emplace(record.group, known.size()).first->second);
  return groups;
}

}  // namespace

ScoredTable scored_table(const Observed& observed, const Selection& selection, const ReportOptions& options) {
  ScoredTable table;
  for (const std::vector<SampleRow>& samples : observed.samples)
    table.images.push_back(image_indices(samples));
  const Layout& layout = observed.layout;
  for (const SelectedMetric& selected : selection.scores)
    for (const std::string& protocol : protocols_asked(layout, options)) {
      const Json overrides = overrides_for(selected.metric, selection, options.scores);
      const Scorer scorer = scorer_of(selected, protocol, layout.config, overrides);
      for (const RowInfo& row : layout.rows) {
        const CellInfo& cell = layout.cells.at(static_cast<std::size_t>(row.cell));
        if (row.protocol == protocol && cell.metric == selected.metric &&
            has_wanted_rho(cell.settings, options.rhos))
          table.cells.push_back(scored_cell(row, observed, scorer));
      }
      table.metrics.push_back(scorer.metric);
    }
  if (!table.cells.empty()) filter(table, options);
  return table;
}

const ScoredMetric& metric_of(const ScoredTable& table, const ScoredCell& cell) {
  return *std::ranges::find_if(table.metrics, [&](const ScoredMetric& metric) {
    return metric.protocol == cell.protocol && metric.metric == cell.metric;
  });
}

Averaged averaged(const ScoredCell& cell, std::size_t score, Averaging averaging, double ScoreValue::*value) {
  Averaged samples{.top = std::vector<double>(cell.scored.size()),
                   .bottom = std::vector<double>(cell.scored.size())};
  for (std::size_t i = 0; i < cell.scored.size(); ++i) {
    const ScoreValue& one = cell.scored[i].scores[score];
    if (std::isnan(one.value) || std::isnan(one.*value)) continue;
    samples.top[i] = one.*value;
    samples.bottom[i] = 1;
  }
  if (averaging == Averaging::by_class) samples.classes = dense_groups(cell.scored);
  return samples;
}

std::vector<std::size_t> voting_scores(const ScoredMetric& metric) {
  std::vector<std::size_t> votes;
  for (const std::size_t score : metric.shown)
    if (metric.scores[score].votes) votes.push_back(score);
  return votes.empty() ? metric.shown : votes;
}

Pool pool_of(const ScoredTable& table, const std::string& metric) {
  Pool pool;
  std::map<std::tuple<std::string, int, std::string, std::size_t>, Voter> voters;
  for (const ScoredCell& cell : table.cells)
    if (cell.metric == metric)
      pool.rows[row_of(pool, cell.row, cell.control)].explanations.insert(cell.explanation);
  for (const ScoredCell& cell : table.cells) {
    if (cell.metric != metric) continue;
    const ScoredMetric& shown = metric_of(table, cell);
    for (const std::size_t score : voting_scores(shown)) {
      Voter& voter = voters[{cell.protocol, cell.experiment, cell.variant, score}];
      voter.dataset = cell.dataset;
      voter.images = table.images.at(static_cast<std::size_t>(cell.experiment));
      voter.rows.resize(pool.rows.size());
      voter.lower = shown.scores[score].lower;
      voter.title = fmt::format("{}, {} / {}, {}{}{}, {}", cell.protocol, cell.dataset, cell.network, metric,
                                cell.variant.empty() ? "" : " ", cell.variant, shown.scores[score].name);
      if (is_skipped(cell.records)) continue;
      const double sign = shown.scores[score].lower ? -1 : 1;
      Candidate one{averaged(cell, score, shown.scores[score].averaging), {}};
      for (double& value : one.samples.top) value *= sign;
      for (const ScoredRecord& record : cell.scored) one.values.push_back(sign * record.scores[score].value);
      voter.rows[row_of(pool, cell.row, cell.control)] = std::move(one);
    }
  }
  for (auto& [key, voter] : voters) pool.voters.push_back(std::move(voter));
  return pool;
}

}  // namespace assay
