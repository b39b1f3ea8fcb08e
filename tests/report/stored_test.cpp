#include <gmock/gmock.h>

#include <cmath>

#include "harness/report/document.h"
#include "harness/report/map_figures.h"
#include "harness/store/journal.h"
#include "harness/store/results.h"
#include "tests/report/made_up.h"
#include "tests/temporary_folder.h"

namespace assay {
namespace {

/// Everything a study holds as one unit of work.
UnitResult unit_of(const Observed& observed) {
  UnitResult unit = observed.units.at(0);
  unit.samples = observed.samples[0];
  const std::size_t images = unit.samples.size();
  for (std::size_t e = 0; e < observed.layout.explanations.size(); ++e)
    for (std::size_t i = 0; i < images; ++i)
      unit.explanations.push_back({.explanation = observed.layout.explanations[e].id,
                                   .sample = unit.samples[i].sample,
                                   .status = Status::ok,
                                   .reason = "",
                                   .cost = observed.costs[e][i],
                                   .figures = observed.figures[e][i]});
  for (std::size_t c = 0; c < observed.layout.cells.size(); ++c)
    for (std::size_t i = 0; i < images; ++i)
      unit.observations.push_back(
          {observed.layout.cells[c].id, unit.samples[i].sample, observed.records[c][i]});
  return unit;
}

TEST(Stored, AReportOfAFileIsThatOfWhatWentIntoIt) {
  const test::TemporaryFolder folder;
  Observed study = test::small_study().observed;
  study.figures[0][0] = {{"surviving", 0.25}, {"not_there", std::nan("")}};
  study.figures[0][1] = {{"surviving", 1.0 / 3}};
  UnitResult& unit = study.units.emplace_back();
  unit.experiment = study.layout.experiments[0].id;
  unit.seconds = 12.5;
  unit.peak_memory = 300 << 20;
  std::filesystem::create_directories(folder / "journal");
  JournalWriter(folder / "journal/0.journal").append(unit_of(study));
  merge(folder.path(), study.layout);
  ReportOptions options;
  for (const char* kind : {"table", "league", "cost"}) {
    options.league = kind == std::string("league");
    options.cost = kind == std::string("cost");
    options.resamples = 50;
    EXPECT_EQ(report_text(folder / "results.h5", options),
              render(document_of(study, options), options.format));
  }
}

TEST(Stored, WhatMethodsSayOfTheirMapsIsATable) {
  Observed study = test::small_study().observed;
  EXPECT_TRUE(map_figure_table(study, {}).rows.empty());
  study.figures[0][0] = {{"surviving", 0.25}, {"not_there", std::nan("")}};
  study.figures[0][1] = {{"surviving", 0.75}};
  const Table table = map_figure_table(study, {});
  ASSERT_EQ(table.rows.size(), 1u);
  EXPECT_EQ(table.rows[0].cells,
            (std::vector<Table::Cell>{{"surviving"}, {"2"}, {"0.5"}, {"0.25"}, {"0.75"}}));
}

TEST(Stored, AMissingFileIsNamed) {
  EXPECT_THAT([] { report_text("/nowhere/results.h5"); },
              testing::ThrowsMessage<DataError>(testing::HasSubstr("/nowhere/results.h5")));
}

}  // namespace
}  // namespace assay
