#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "harness/cli/command.h"
#include "harness/report/moves.h"
#include "harness/store/tolerance.h"

namespace assay {
namespace {

struct DiffRequest {
  std::string a, b;
  bool exact = false;
  std::size_t limit = 20;
  double tolerance = 1e-5;
};

/// "3 experiments, 120 cells, 2400 records"
std::string extent_of(const Results& results) {
  const Layout& layout = results.layout();
  std::size_t records = 0, samples = 0;
  for (const ExperimentInfo& e : layout.experiments) samples += e.samples.size();
  for (const CellInfo& cell : layout.cells) {
    const ExplanationInfo& e = layout.explanations.at(static_cast<std::size_t>(cell.explanation));
    records += layout.experiments.at(static_cast<std::size_t>(e.experiment)).samples.size();
  }
  return fmt::format("{} experiments, {} samples, {} explanations, {} cells, {} records",
                     layout.experiments.size(), samples, layout.explanations.size(), layout.cells.size(),
                     records);
}

int diff_exactly(const DiffRequest& request) {
  const Results results(request.a);  // also makes sure that it is a results file
  const std::vector<std::string> lines = differences(request.a, request.b, request.limit + 1);
  for (std::size_t i = 0; i < std::min(lines.size(), request.limit); ++i) fmt::print("{}\n", lines[i]);
  if (lines.size() > request.limit) fmt::print("... and more (--limit shows them)\n");
  if (!lines.empty()) return 1;
  fmt::print("identical: {}, and everything else outside /provenance and *_seconds\n", extent_of(results));
  return 0;
}

void print_cells(const std::vector<std::string>& cells, const std::string& file, std::size_t limit) {
  for (std::size_t i = 0; i < std::min(cells.size(), limit); ++i)
    fmt::print("only in {}: {}\n", file, cells[i]);
  if (cells.size() > limit) fmt::print("only in {}: {} cells more\n", file, cells.size() - limit);
}

void print_cell(const CellDifference& cell, double tolerance) {
  fmt::print("{}: {} records\n", cell.cell, cell.records);
  if (cell.statuses > 0) fmt::print("  status: {} changed\n", cell.statuses);
  for (const ColumnDifference& column : cell.columns) {
    fmt::print("  {}:", column.column);
    if (column.changed > 0) fmt::print(" {} changed", column.changed);
    if (column.largest > 0) fmt::print(" largest difference {:.2g}", column.largest);
    if (column.over > 0) fmt::print(", {} beyond {:g}", column.over, tolerance);
    fmt::print("\n");
  }
}

/// What the differences mean for those who read the tables.
void print_moves(const Results& a, const Results& b, std::size_t limit) {
  const ReportOptions options;
  const Moves moves = moves_between(load(a), load(b), options);
  const Document document = moves_document(moves, limit, options.level);
  if (!document.empty()) fmt::print("\n{}", render(document, "text"));
  if (moves.moved_places.empty() && moves.places > 0)
    fmt::print("\nno place in a league moved ({} compared)\n", moves.places);
}

int diff_closely(const DiffRequest& request) {
  const Results a(request.a), b(request.b);
  const Agreement found = agreement(a, b, request.tolerance);
  print_cells(found.only_a, request.a, request.limit);
  print_cells(found.only_b, request.b, request.limit);
  if (found.samples_only_a + found.samples_only_b > 0)
    fmt::print("samples: {} only in {}, {} only in {}\n", found.samples_only_a, request.a,
               found.samples_only_b, request.b);
  double largest = 0;
  std::size_t changed = 0, statuses = 0;
  for (std::size_t i = 0; i < found.differing.size(); ++i) {
    const CellDifference& cell = found.differing[i];
    if (i < request.limit) print_cell(cell, request.tolerance);
    statuses += cell.statuses;
    for (const ColumnDifference& column : cell.columns) {
      changed += column.changed;
      if (column.unit == "1") largest = std::max(largest, column.largest);
    }
  }
  if (found.differing.size() > request.limit)
    fmt::print("... and {} more cells that differ (--limit shows them)\n",
               found.differing.size() - request.limit);
  fmt::print(
      "{} cells, {} records compared, {} cells differ: largest difference {:.2g} (tolerance {:g}), {} "
      "discrete "
      "outcomes and {} statuses changed\n",
      found.cells, found.records, found.differing.size(), largest, request.tolerance, changed, statuses);
  if (!found.differing.empty()) print_moves(a, b, request.limit);
  return found.good() ? 0 : 1;
}

}  // namespace

void add_diff(CLI::App& program, int& status) {
  auto request = std::make_shared<DiffRequest>();
  CLI::App* command = program.add_subcommand("diff", "compare two result files");
  command->add_option("a", request->a, "results.h5")->required()->type_name("A");
  command->add_option("b", request->b, "results.h5")->required()->type_name("B");
  command->add_flag("--exact", request->exact, "bit by bit, everything outside /provenance and *_seconds");
  command->add_option("--tolerance", request->tolerance, "without --exact: on probabilities and shares")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command->add_option("--limit", request->limit, "lines, or cells, to print at most")->capture_default_str();
  command->footer(
      "Without --exact, cells are matched by what they are and samples by their images; changed discrete "
      "outcomes (steps,\n"
      "pixels, classes) are counted, not judged. Where something differs, the numbers of the tables and the "
      "places in "
      "the leagues\n"
      "that moved follow: by how much, and whether significantly (paired over images). Exit status: 0 the "
      "same, 1 different.\n\n"
      "examples:\n"
      "  assay diff --exact out/one-rank/results.h5 out/three-ranks/results.h5\n"
      "  assay diff out/batch32/results.h5 out/batch16/results.h5");
  command->callback(
      [request, &status] { status = request->exact ? diff_exactly(*request) : diff_closely(*request); });
}

}  // namespace assay
