#include "harness/report/cost_table.h"

#include <gmock/gmock.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "harness/report/document.h"
#include "tests/report/made_up.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<Record> records(const std::vector<std::int64_t>& forwards, double seconds) {
  std::vector<Record> made;
  for (const std::int64_t count : forwards) {
    made.push_back(test::record(test::Seen{}));
    const std::int64_t work = count * 1'500'000'000;
    made.back().cost = {.forwards = count, .work = {.asked = work, .done = work}, .seconds = seconds};
  }
  return made;
}

/// Two protocols over three images: occ explains two classes, one each; grad is shared; mwp cannot be served.
test::MadeUp study() {
  test::MadeUp made;
  made.protocol("paper");
  made.protocol("code");
  made.experiment("scenes", "places", 3);
  const int occ = made.explanation("occ"), other = made.explanation("occ"), grad = made.explanation("grad"),
            mwp = made.explanation("mwp");
  std::vector<std::vector<Cost>>& costs = made.observed.costs;
  for (const double seconds : {1.0, 4.0, 2.5}) {
    const std::size_t image = seconds == 1.0 ? 0 : seconds == 4.0 ? 1 : 2;
    costs[occ][image] = {
        .forwards = 784, .work = {.asked = 1'000'000'000'000, .done = 250'000'000'000}, .seconds = seconds};
  }
  for (Cost& cost : costs[grad])
    cost = {.forwards = 1,
            .backwards = 1,
            .work = {.asked = 3'000'000'000, .done = 3'000'000'000},
            .seconds = 0.5};
  costs[other].resize(1);
  costs[mwp].clear();
  made.row("paper", "occ 10", made.cell(occ, 0.25, "zero", records({2, 4, 6}, 0.125)));
  made.row("code", "occ 10", made.cell(other, 0.25, "zero", records({2, 4, 6}, 0.125)));
  const int shared = made.cell(grad, 0.25, "zero", records({10, 10, 10}, 1));
  made.row("paper", "grad", shared);
  made.row("code", "grad", shared);
  made.row("paper", "MWP",
           made.cell(mwp, 0.25, "zero", std::vector<Record>(3, test::record(Status::skipped, "no"))));
  made.row("paper", "grad", made.overlap(grad, 0.25, {5, 10, std::nan("")}));
  for (const auto& [seconds, memory] : {std::pair(10.0, 300), std::pair(20.5, 500), std::pair(5.0, 320)}) {
    UnitResult& unit = made.observed.units.emplace_back();
    unit.experiment = "scenesplaces";
    unit.seconds = seconds;
    unit.peak_memory = std::int64_t{memory} << 20;
  }
  return made;
}

std::vector<std::string> names_of(const std::vector<CostRow>& rows) {
  std::vector<std::string> names;
  for (const CostRow& row : rows) names.push_back(row.name);
  return names;
}

TEST(CostTable, ARowAConfigurationAndAMetric) {
  const test::MadeUp made = study();
  const std::vector<CostRow> rows = cost_rows(made.observed, {});
  EXPECT_THAT(names_of(rows), ElementsAre("occ 10 (paper)", "occ 10 (code)", "grad", "MWP", "confidence-gain",
                                          "region-overlap"));
  EXPECT_EQ(rows[0].images.size(), 3u);
  EXPECT_EQ(rows[0].sum().forwards, 3 * 784);
  EXPECT_EQ(rows[0].sum().work, (Work{3'000'000'000'000, 750'000'000'000}));
  EXPECT_DOUBLE_EQ(rows[0].median_seconds(), 2.5);
  EXPECT_DOUBLE_EQ(rows[0].sum().seconds, 7.5);
  EXPECT_EQ(rows[1].images.size(), 1u);
  EXPECT_TRUE(rows[3].images.empty());
  EXPECT_TRUE(std::isnan(rows[3].median_seconds()));
}

TEST(CostTable, RecordsOfAnImageAreAddedUp) {
  const test::MadeUp made = study();
  const CostRow gain = cost_rows(made.observed, {})[4];
  EXPECT_TRUE(gain.is_metric);
  ASSERT_EQ(gain.images.size(), 3u);
  for (std::int64_t i = 0; i < 3; ++i)
    EXPECT_EQ(gain.images[static_cast<std::size_t>(i)].forwards, 2 * (2 + 2 * i) + 10);  // grad once
  EXPECT_DOUBLE_EQ(gain.median_seconds(), 1.25);
  EXPECT_EQ(cost_rows(made.observed, {})[5].images.size(), 2u);  // the third has no region
}

TEST(CostTable, FiltersChooseTheRows) {
  const test::MadeUp made = study();
  ReportOptions options;
  options.protocols = {"code"};
  EXPECT_THAT(names_of(cost_rows(made.observed, options)), ElementsAre("occ 10", "grad", "confidence-gain"));
  EXPECT_EQ(cost_rows(made.observed, options)[2].sum().forwards, 12 + 30);
  options.networks = {"plaices"};
  EXPECT_THAT([&] { cost_rows(made.observed, options); },
              testing::ThrowsMessage<ConfigError>(HasSubstr("unknown network 'plaices'; known: places")));
}

TEST(CostTable, InText) {
  std::stringstream golden;
  golden << std::ifstream(ASSAY_GOLDEN_TEXT "/cost.txt", std::ios::binary).rdbuf();
  EXPECT_EQ(render(cost_document(study().observed, {}), "text"), golden.str());
}

TEST(CostTable, TheMarkIsAColumnInCsv) {
  ReportOptions options;
  options.format = "csv";
  const std::string text = render(cost_document(study().observed, options), "csv");
  EXPECT_THAT(text, testing::StartsWith(
                        "configuration,images,per image forwards,per image backwards,per image GMAC asked,"
                        "per image GMAC done,saved,seconds median,seconds sum,apportioned,dataset,network\n"
                        "occ 10 (paper),3,784,0,1000,250,75 %,2.500,7.500,no,scenes,places\n"));
  EXPECT_THAT(text, HasSubstr("\nconfidence-gain,3,18,0,27,27,0 %,1.250,3.750,yes,scenes,places\n"));
}

TEST(CostTable, EveryFormatTellsWhatIsApportioned) {
  for (const char* format : {"text", "markdown", "latex"}) {
    ReportOptions options;
    options.format = format;
    options.cost = true;
    const std::string text = render(document_of(study().observed, options), format);
    EXPECT_THAT(text, HasSubstr("3.750+")) << format;
    EXPECT_THAT(text, HasSubstr("seconds+ are apportioned by forwards")) << format;
    EXPECT_THAT(text,
                HasSubstr("3 units took 35.5 s; peak memory of a unit: at most 500 MiB, median 320 MiB"))
        << format;
  }
}

}  // namespace
}  // namespace assay
