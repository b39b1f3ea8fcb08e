#include "metrics/curve_scores.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

namespace assay {
namespace {

/// Points of a curve and where they lie.
struct CurvePoints {
  std::vector<double> x, y;
};

double summarise_curve(const CurvePoints& curve, Summary summary) {
  const std::vector<double>&x = curve.x, &y = curve.y;
  const double sum = std::accumulate(y.begin(), y.end(), 0.0), count = static_cast<double>(y.size());
  if (summary == Summary::drop) return y.front() - sum / count;
  if (summary == Summary::mean) return (sum - y.front()) / (count - 1);
  double area = 0;
  for (std::size_t i = 1; i < y.size(); ++i) area += (x[i] - x[i - 1]) * (y[i] + y[i - 1]) / 2;
  return area / (x.back() - x.front());
}

std::size_t place_in(const std::vector<std::string>& words, const std::string& word) {
  return static_cast<std::size_t>(std::ranges::find(words, word) - words.begin());
}

}  // namespace

std::vector<Column> curve_columns(const CurveLayout& layout) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  std::vector<Column> columns;
  for (const std::string& order : layout.orders)
    for (const std::string& score : layout.scores) {
      const bool logit = score == "logit";
      const char* what = score == "right" ? "1 where the explained class is the network's first maximum"
                                          : "of the explained class";
      columns.push_back({order + score, logit ? "logit" : "1", Better::neither, logit ? -kInfinity : 0,
                         logit ? kInfinity : 1, fmt::format("{}, after each step", what)});
    }
  columns.push_back({"changed", "px", Better::neither, 0, kInfinity, "pixels changed, after each step"});
  return columns;
}

CurveReader::CurveReader(CurveLayout layout, Summary summary, Params& params)
    : layout_(std::move(layout)), summary_(summary) {
  const bool has_right = layout_.scores.size() > kScores.size();
  const auto score =
      has_right ? params.choice("score", "probability", {"probability", "logit", "right"},
                                "what is followed along the curve; right: whether the class comes first")
                : params.choice("score", "probability", {"probability", "logit"},
                                "what is followed along the curve");
  score_ = place_in(layout_.scores, score);
  divide_ = params.choice("divide", "none", {"none", "first", "last"},
                          "divide the curve by its first or its last point");
  steps_ = params.get<std::int64_t>("steps", 0, "only the first so many steps; 0 = all");
  every_ = positive(params, "every", 1, "only each so-manieth point: larger steps");
  if (steps_ < 0) params.fail("steps", "must not be negative");
}

std::vector<std::size_t> CurveReader::kept_points(std::int64_t end) const {
  if (steps_ > 0) end = std::min(steps_, end);
  std::vector<std::size_t> kept;
  for (std::int64_t i = 0; i <= end; i += every_) kept.push_back(static_cast<std::size_t>(i));
  if (summary_ == Summary::area && end % every_ != 0) kept.push_back(static_cast<std::size_t>(end));
  return kept;
}

ScoreValue CurveReader::read(const Record& record, std::size_t order) const {
  const std::size_t wanted = layout_.orders.size() * layout_.scores.size() + 1;
  if (record.curves.size() != wanted)
    throw DataError(fmt::format("a record has {} curves, not {}", record.curves.size(), wanted));
  const std::vector<double>&all = record.curves[order * layout_.scores.size() + score_],
        &changed = record.curves.back();
  if (all.size() != changed.size() || all.size() < 2)
    throw DataError(fmt::format("a curve has {} points at {} places", all.size(), changed.size()));
  const double divisor = divide_ == "none" ? 1 : divide_ == "first" ? all.front() : all.back();
  if (!(divisor > 0)) return {.left_out = "divisor_not_positive"};
  CurvePoints kept;
  for (const std::size_t i : kept_points(std::ssize(all) - 1)) {
    kept.x.push_back(changed[i]);
    kept.y.push_back(all[i] / divisor);
  }
  if (kept.y.size() < 2) return {.left_out = "too_few_points"};
  return {.value = summarise_curve(kept, summary_)};
}

}  // namespace assay
