#include <limits>

#include "harness/store/schema.h"

namespace assay {
namespace {

using h5::Kind;
using h5::Member;
using h5::Rows;

/// All but the last, which is time, are counts.
void add_cost_members(const std::string& seconds, std::vector<Member>& members) {
  for (const Column& column : cost_columns(seconds))
    members.push_back({column.name, column.name == seconds ? Kind::real : Kind::integer});
}

}  // namespace

std::vector<Column> cost_columns(const std::string& seconds) {
  const bool apportioned = seconds == kSharedSeconds;
  const auto column = [](const std::string& name, const std::string& unit, const std::string& doc) {
    return Column{.name = name,
                  .unit = unit,
                  .better = Better::lower,
                  .worst = std::numeric_limits<double>::infinity(),
                  .best = 0,
                  .doc = doc};
  };
  return {column("forwards", "images", "forward passes asked for, whoever shares them"),
          column("backwards", "images", "backward passes"),
          column("multiply_adds_asked", "1", "multiply-adds of full passes; FLOPs are twice that"),
          column("multiply_adds_done", "1", "the same, where only windows are computed theirs"),
          column(seconds, "s",
                 apportioned ? "wall-clock time, apportioned by forwards: the wave is shared"
                             : "wall-clock time, that of shared results included")};
}

std::vector<Member> cost_members() {
  std::vector<Member> members{{"status", Kind::status}, {"reason", Kind::text}, {"figures", Kind::text}};
  add_cost_members(kMethodSeconds, members);
  return members;
}

void put_cost(Rows& rows, std::size_t row, std::size_t first, const Cost& cost) {
  for (const std::int64_t count : {cost.forwards, cost.backwards, cost.work.asked, cost.work.done})
    rows.put(row, first++, count);
  rows.put(row, first, cost.seconds);
}

Cost cost_at(const Rows& rows, std::size_t row, std::size_t first) {
  return {.forwards = rows.integer(row, first),
          .backwards = rows.integer(row, first + 1),
          .work = {.asked = rows.integer(row, first + 2), .done = rows.integer(row, first + 3)},
          .seconds = rows.real(row, first + 4)};
}

std::vector<Member> observation_members(const MetricInfo& metric) {
  std::vector<Member> members{{"status", Kind::status}, {"reason", Kind::text}};
  for (const Column& column : metric.columns) members.push_back({column.name, Kind::real});
  for (const Column& curve : stored_curves(metric)) members.push_back({curve.name, Kind::reals});
  add_cost_members(kSharedSeconds, members);
  return members;
}

std::vector<Column> stored_curves(const MetricInfo& metric) {
  std::vector<Column> curves = metric.curves;
  for (Column& curve : curves) curve.name = kCurvePrefix + curve.name;
  return curves;
}

}  // namespace assay
