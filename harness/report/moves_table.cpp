#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "harness/report/moves.h"
#include "harness/report/numbers.h"

namespace assay {
namespace {

std::string verdict_on(double p, double level) {
  if (std::isnan(p)) return "-";
  return p < 1 - level ? "yes" : "no";
}

std::string p_or_dash(double p) {
  return std::isnan(p) ? "-" : p_text(p);
}

std::string signed_change(double change, int digits) {
  return std::isnan(change) ? "-" : fmt::format("{:+.{}f}", change, digits);
}

std::string rank_text(double rank) {
  return std::isnan(rank) ? "skipped" : fmt::format("{:.2f}", rank);
}

/// Those of the smallest p, in the order found.
template <class Move>
std::vector<Move> most_significant(const std::vector<Move>& moves, std::size_t limit) {
  std::vector<std::size_t> order(moves.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) {
    return std::isnan(moves[i].p) ? std::numeric_limits<double>::max() : moves[i].p;
  });
  order.resize(std::min(limit, order.size()));
  std::ranges::sort(order);
  std::vector<Move> few;
  for (const std::size_t i : order) few.push_back(moves[i]);
  return few;
}

template <class Move>
std::string count_of_moves(const std::vector<Move>& moved, std::size_t all, double level) {
  const auto sure = std::ranges::count_if(moved, [&](const Move& move) { return move.p < 1 - level; });
  return fmt::format("{} of {} moved, {} significantly", moved.size(), all, sure);
}

std::string test_of(const char* what, double level) {
  return fmt::format("significant: Wilcoxon over images on {}, Holm over all that moved, {} level", what,
                     percent(1 - level));
}

Table cells_moved(const Moves& moves, std::size_t limit, double level) {
  Table table{
      .title = "Numbers of the tables, x100: " + count_of_moves(moves.moved_cells, moves.cells, level),
      .corner = "configuration",
      .heads = {{"A", "B", "change", "images", "p", "significant"}},
      .left = {},
      .rows = {},
      .notes = {test_of("the differences of their values", level)}};
  for (const CellMove& move : most_significant(moves.moved_cells, limit))
    table.rows.push_back({.block = move.column,
                          .name = move.row,
                          .cells = {{times_100(move.a)},
                                    {times_100(move.b)},
                                    {signed_change(100 * (move.b - move.a), 2)},
                                    {fmt::format("{}", move.images)},
                                    {p_or_dash(move.p)},
                                    {verdict_on(move.p, level)}}});
  return table;
}

Table places_moved(const Moves& moves, std::size_t limit, double level) {
  Table table{
      .title = "Places in the leagues: " + count_of_moves(moves.moved_places, moves.places, level),
      .corner = "configuration",
      .heads = {{"place A", "place B", "mean rank A", "mean rank B", "change", "images", "p", "significant"}},
      .left = {},
      .rows = {},
      .notes = {test_of("the differences of its mean ranks on an image", level)}};
  for (const PlaceMove& move : most_significant(moves.moved_places, limit))
    table.rows.push_back({.block = "by " + move.league,
                          .name = move.row,
                          .cells = {{fmt::format("{}", move.place_a)},
                                    {fmt::format("{}", move.place_b)},
                                    {rank_text(move.rank_a)},
                                    {rank_text(move.rank_b)},
                                    {signed_change(move.rank_b - move.rank_a, 2)},
                                    {fmt::format("{}", move.images)},
                                    {p_or_dash(move.p)},
                                    {verdict_on(move.p, level)}}});
  return table;
}

}  // namespace

Document moves_document(const Moves& moves, std::size_t limit, double level) {
  Document document;
  if (!moves.moved_cells.empty()) document.push_back(cells_moved(moves, limit, level));
  if (!moves.moved_places.empty()) document.push_back(places_moved(moves, limit, level));
  return document;
}

}  // namespace assay
