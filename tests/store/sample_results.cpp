// Writes FOLDER/a/results.h5 and FOLDER/b/results.h5: the same sample run, computed by one rank and by three
// of four.
#include <algorithm>
#include <string>

#include "harness/store/results.h"
#include "tests/store/sample_run.h"

int main(int, char** argv) {
  const std::string folder = argv[1];
  assay::Layout layout = assay::test::sample_layout();
  std::vector<assay::UnitResult> units = assay::test::sample_units(layout, 6);
  assay::test::write_journals(folder + "/a", units, [](std::size_t) { return 0; });
  assay::save_layout(folder + "/a", layout);
  assay::merge(folder + "/a", layout);
  std::ranges::reverse(units);
  for (assay::UnitResult& unit : units) {
    unit.ranks = 4;
    for (assay::ExplanationRow& row : unit.explanations) row.cost.seconds += 1;
    for (assay::ObservationRow& row : unit.observations) row.record.cost.seconds += 1;
  }
  assay::test::write_journals(folder + "/b", units, [](std::size_t i) { return static_cast<int>(i % 3); });
  for (int rank = 0; rank < 4; ++rank)
    layout.provenance["ranks"].push_back(to_json(assay::test::sample_place(rank)));
  assay::merge(folder + "/b", layout);
}
