#pragma once

#include <span>
#include <string>
#include <vector>

#include "harness/report/league_pool.h"
#include "harness/report/observed.h"
#include "harness/report/report.h"
#include "harness/report/selection.h"
#include "metrics/scores.h"

namespace assay {

/// One metric's scores under one protocol.
struct ScoredMetric {
  std::string protocol, metric;
  std::vector<ScoreInfo> scores;   // all, in the order of ScoredRecord::scores
  std::vector<std::size_t> shown;  // places of those asked for
  std::string chance;              // whose scores ScoreValue::chance are
  Json settings;                   // of the scoring, every default included
};

/// One protocol's scores of one explanation under one variant of a metric: a row's place in its columns.
struct ScoredCell {
  std::string protocol, dataset, network;
  int experiment = 0;
  int explanation = 0;
  std::string metric, variant;
  std::string row;     // name of the configuration
  std::string method;  // registered name
  Json settings;       // of the explanation
  bool control = false;
  std::string note;
  std::span<const Record> records;  // of Observed, which must outlive this
  /// By sample; of a record that is skipped or failed every score is left out.
  std::vector<ScoredRecord> scored;
};

struct ScoredTable {
  std::vector<ScoredMetric> metrics;             // by metric, then protocol
  std::vector<ScoredCell> cells;                 // in the same order, then that of the plan
  std::vector<std::vector<std::size_t>> images;  // by experiment and sample, see image_indices()
};

/// Scores the records of the selected metrics under the protocols asked for, `options.scores` laid over the
/// settings of those. Filters of `options` (dataset, network, rho where a variant has one) choose what is
/// shown. Throws ConfigError for unknown names, listing the known ones.
ScoredTable scored_table(const Observed& observed, const Selection& selection, const ReportOptions& options);

/// What was shown of the protocol's metric.
const ScoredMetric& metric_of(const ScoredTable& table, const ScoredCell& cell);

/// A score of a cell, or what it would be by chance, as it is averaged over its samples.
Averaged averaged(const ScoredCell& cell, std::size_t score, Averaging averaging,
                  double ScoreValue::*value = &ScoreValue::value);

/// Places of the scores that rank rows in a league: those shown that vote (ScoreInfo::votes); all shown where
/// none of them does, because they were asked for.
std::vector<std::size_t> voting_scores(const ScoredMetric& metric);

/// Columns of one metric: dataset x network x protocol x variant x score that votes.
Pool pool_of(const ScoredTable& table, const std::string& metric);

}  // namespace assay
