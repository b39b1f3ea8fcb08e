#include "harness/report/document.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/report/made_up.h"

namespace assay {
namespace {

std::string golden_file(const std::string& name) {
  return std::string(ASSAY_GOLDEN_TEXT) + "/" + name;
}

std::string read(const std::string& file) {
  std::stringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

/// Byte equality with a file of tests/report/golden; ASSAY_WRITE_GOLDEN=1 writes it anew, to be read before
/// it is kept.
void expect_golden(const std::string& name, const Observed& observed, const ReportOptions& options) {
  const std::string text = render(document_of(observed, options), options.format);
  if (std::getenv("ASSAY_WRITE_GOLDEN")) std::ofstream(golden_file(name), std::ios::binary) << text;
  EXPECT_EQ(text, read(golden_file(name))) << name;
}

ReportOptions options_for(const std::string& format) {
  ReportOptions options;
  options.format = format;
  options.resamples = 100;
  return options;
}

TEST(Document, MasksOnTheObjectAreOneMoreColumn) {
  test::MadeUp study = test::one_cell();
  const int mwp = study.explanation("c-mwp");
  study.row("paper", "C-MWP", study.cell(mwp, 0.25, "gaussian(17, 2.9)", test::seven_fates()));
  study.row("paper", "C-MWP", study.overlap(mwp, 0.25, {5, 10, 0, 10, 0, 5, std::nan("")}));
  study.row("paper", "C-MWP", study.overlap(mwp, 0.05, {1, 1, 1, 1, 1, 1, 1}));
  const std::string text = render(document_of(study.observed, options_for("text")), "text");
  EXPECT_THAT(text, testing::HasSubstr("SCG, CCG and mask on object x100"));
  EXPECT_THAT(text, testing::ContainsRegex("occ 10 .*not run\n"));
  EXPECT_THAT(text, testing::ContainsRegex("C-MWP .* 20\\.0 \\(6\\)\n"));  // 30 of 6 x 25
  EXPECT_THAT(text, testing::ContainsRegex("a blind\n +mask: 10.0, scenes / places\n"));
  const std::string csv = render(document_of(study.observed, options_for("csv")), "csv");
  EXPECT_THAT(csv, testing::HasSubstr(",mask_on_object_x100,object_area_x100,images_with_object,"));
  EXPECT_THAT(csv, testing::ContainsRegex("C-MWP.*,20,10,6,"));
}

TEST(Document, MasksThatAreCutOtherwiseAreNotTheFirstMask) {
  test::MadeUp study = test::one_cell();
  const int mwp = study.explanation("c-mwp");
  study.row("paper", "C-MWP", study.cell(mwp, 0.25, "gaussian(17, 2.9)", test::seven_fates()));
  study.row("paper", "C-MWP", study.overlap(mwp, 0.25, {5, 10, 0, 10, 0, 5, 0}, {{"mask", "authors"}}));
  EXPECT_THAT(render(document_of(study.observed, options_for("text")), "text"),
              testing::Not(testing::HasSubstr("mask on object")));
}

TEST(Document, MasksOnTheObjectHaveATableOfTheirOwnWhereAPageIsTooNarrow) {
  test::MadeUp study = test::one_cell();
  const int mwp = study.explanation("c-mwp");
  for (const char* base : {"gaussian(17, 2.9)", "box(17)", "zero", "gray", "box(3)"})
    study.row("paper", "C-MWP", study.cell(mwp, 0.25, base, test::seven_fates()));
  study.row("paper", "C-MWP", study.overlap(mwp, 0.25, {5, 10, 0, 10, 0, 5, std::nan("")}));
  const std::string text = render(document_of(study.observed, options_for("text")), "text");
  EXPECT_THAT(text, testing::HasSubstr("mask on object x100: scenes / places"));
  EXPECT_THAT(text, testing::ContainsRegex("C-MWP +20\\.0 \\(6\\)\n"));
}

TEST(Document, TwoProtocolsSideBySideInText) {
  expect_golden("both.txt", test::small_study().observed, options_for("text"));
}

TEST(Document, OneProtocolInText) {
  ReportOptions options = options_for("text");
  options.protocols = {"paper"};
  expect_golden("paper.txt", test::small_study().observed, options);
}

TEST(Document, MarkdownHasTheDetails) {
  ReportOptions options = options_for("markdown");
  options.protocols = {"paper"};
  options.rhos = {0.25};
  expect_golden("paper.md", test::small_study().observed, options);
}

TEST(Document, Latex) {
  ReportOptions options = options_for("latex");
  options.rhos = {0.25};
  options.metrics = {"SCG"};
  expect_golden("scg.tex", test::small_study().observed, options);
}

TEST(Document, LongFormAsCsv) {
  expect_golden("both.csv", test::small_study().observed, options_for("csv"));
}

TEST(Document, LeagueInText) {
  ReportOptions options = options_for("text");
  options.league = true;
  expect_golden("league.txt", test::small_study().observed, options);
}

TEST(Document, WhatIfSaysSo) {
  ReportOptions options = options_for("text");
  options.protocols = {"paper"};
  options.scores = {{"average", "ratio-of-means"}, {"exclude", "global"}};
  expect_golden("what-if.txt", test::small_study().observed, options);
}

TEST(Document, SevenFatesByHand) {
  ReportOptions options = options_for("text");
  options.details = true;
  expect_golden("seven-fates.txt", test::one_cell().observed, options);
}

/// The same cell under the names of two networks, one of them without the row `grad`.
test::MadeUp two_networks(const std::vector<std::string>& protocols) {
  test::MadeUp study;
  for (const std::string& protocol : protocols) study.protocol(protocol);
  for (const std::string network : {"places", "building-floor"}) {
    study.experiment("scenes", network, 7, 1);
    for (const std::string method : {"occ", "grad"}) {
      const int explanation = study.explanation(method, {{"patch", 10}, {"dilations", 5}});
      if (method == "grad" && network == "places") continue;
      for (const std::string base : {"gaussian(17, 2.9)", "zero"})
        for (const std::string& protocol : protocols)
          study.row(protocol, method, study.cell(explanation, 0.25, base, test::seven_fates()));
    }
  }
  return study;
}

TEST(Document, TwoNetworksOfOneProtocolShareATable) {
  ReportOptions options = options_for("text");
  options.metrics = {"SCG"};
  const Table table = document_of(two_networks({"paper"}).observed, options).front();
  EXPECT_EQ(table.title, "SCG x100, protocol paper");
  ASSERT_EQ(table.heads.size(), 2u);
  EXPECT_THAT(table.heads[0], testing::ElementsAre("places", "places", "building-floor", "building-floor"));
  EXPECT_THAT(table.heads[1], testing::ElementsAre("G", "Z", "G", "Z"));
  EXPECT_EQ(joined(table.rows[0].cells[0]), "31.2 (4) [31]");
  EXPECT_EQ(joined(table.rows[0].cells[2]), "31.2* (4) [43]");
  EXPECT_EQ(joined(table.rows[1].cells[0]), "not run");
  EXPECT_EQ(joined(table.rows[1].cells[2]), "31.2= (4) [57]");
}

TEST(Document, TooManyColumnsAreSplitByNetworkFirst) {
  const Document document =
      document_of(two_networks({"paper", "second", "third"}).observed, options_for("text"));
  EXPECT_EQ(document[0].title, "SCG x100: scenes / places");
  EXPECT_EQ(document[1].title, "CCG x100: scenes / places");
  EXPECT_EQ(document[2].title, "SCG x100: scenes / building-floor");
  EXPECT_THAT(document[0].heads[1],
              testing::ElementsAre("paper", "second", "third", "paper", "second", "third"));
}

TEST(Document, NoCellIsEmpty) {
  for (const Table& table : document_of(test::small_study().observed, options_for("markdown")))
    for (const Table::Row& row : table.rows)
      for (std::size_t i = 0; i < row.cells.size(); ++i)
        if (table.heads.back()[i] != "note") EXPECT_NE(joined(row.cells[i]), "") << table.title << row.name;
}

TEST(Document, TextFitsAPage) {
  for (const Table& table : document_of(test::small_study().observed, options_for("text")))
    EXPECT_LE(text_width(table), kPageWidth) << table.title;
}

TEST(Document, FiltersThatLeaveNothing) {
  test::MadeUp nothing;
  nothing.protocol("paper");
  EXPECT_THAT([&] { document_of(nothing.observed, {}); },
              testing::ThrowsMessage<DataError>(testing::HasSubstr("no confidence-gain rows")));
}

}  // namespace
}  // namespace assay
