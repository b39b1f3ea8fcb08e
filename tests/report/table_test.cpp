#include "harness/report/table.h"

#include <gmock/gmock.h>

#include "harness/core/error.h"

namespace assay {
namespace {

Table example() {
  return {.title = "A table",
          .corner = "row",
          .heads = {{"SCG", "SCG", "CCG", ""}, {"G", "Z", "Z", "note"}},
          .left = {false, false, false, true},
          .rows = {{"25 %", "occ_10", {{"1.0*", "(9)"}, {"22.5 ", "(10)"}, {"skipped"}, {"a|b"}}},
                   {"25 %", "x", {{"10.0 ", "(10)"}, {"3.0 ", "(1)"}, {"4.0 ", "(2)"}, {""}}},
                   {"5 %", "x", {{"not run"}, {"3.0 ", "(1)"}, {"4.0=", "(2)"}, {"say \"a, b\""}}}},
          .notes = {"a_b: 5 % & more"}};
}

TEST(Table, TextIsAligned) {
  EXPECT_EQ(text_table(example()),
            "A table\n"
            "\n"
            "          -------- SCG ---------       CCG\n"
            "row                G           Z         Z  note\n"
            "25 %\n"
            "  occ_10   1.0*  (9)  22.5  (10)   skipped  a|b\n"
            "  x       10.0  (10)   3.0   (1)  4.0  (2)\n"
            "5 %\n"
            "  x          not run   3.0   (1)  4.0= (2)  say \"a, b\"\n"
            "\n"
            "a_b: 5 % & more\n");
}

TEST(Table, MarkdownIsAValidTable) {
  EXPECT_EQ(markdown_table(example()),
            "### A table\n"
            "\n"
            "| row | SCG G | SCG Z | CCG Z | note |\n"
            "| :--- | ---: | ---: | ---: | :--- |\n"
            "| **25 %** |  |  |  |  |\n"
            "| occ\\_10 | 1.0\\* (9) | 22.5 (10) | skipped | a\\|b |\n"
            "| x | 10.0 (10) | 3.0 (1) | 4.0 (2) |  |\n"
            "| **5 %** |  |  |  |  |\n"
            "| x | not run | 3.0 (1) | 4.0= (2) | say \"a, b\" |\n"
            "\n"
            "- a\\_b: 5 % & more\n");
}

TEST(Table, LatexIsATabularWithPlainRules) {
  EXPECT_EQ(latex_table(example()),
            "\\noindent A table\\par\n"
            "\\noindent\\begin{tabular}{lrrrl}\n"
            "\\hline\n"
            " & \\multicolumn{2}{c}{SCG} & CCG &  \\\\\n"
            "row & G & Z & Z & note \\\\\n"
            "\\hline\n"
            "\\multicolumn{5}{l}{25 \\%} \\\\\n"
            "occ\\_10 & 1.0* (9) & 22.5 (10) & skipped & a$|$b \\\\\n"
            "x & 10.0 (10) & 3.0 (1) & 4.0 (2) &  \\\\\n"
            "\\multicolumn{5}{l}{5 \\%} \\\\\n"
            "x & not run & 3.0 (1) & 4.0= (2) & say \"a, b\" \\\\\n"
            "\\hline\n"
            "\\end{tabular}\\par\n"
            "\\noindent a\\_b: 5 \\% \\& more\\par\n");
}

TEST(Table, LongNotesAreWrapped) {
  Table table;
  for (int i = 0; i < 20; ++i) table.notes.resize(1), table.notes[0] += "fourteen-chars ";
  const std::string text = text_table(table);
  EXPECT_EQ(text.find('\n'), 8 * 15 - 1);
  EXPECT_EQ(text.substr(8 * 15, 19), "    fourteen-chars ");
}

TEST(Table, CsvQuotesWhatMustBe) {
  EXPECT_EQ(csv_table(example()),
            "row,SCG G,SCG Z,CCG Z,note\n"
            "occ_10,1.0* (9),22.5 (10),skipped,a|b\n"
            "x,10.0 (10),3.0 (1),4.0 (2),\n"
            "x,not run,3.0 (1),4.0= (2),\"say \"\"a, b\"\"\"\n");
}

TEST(Table, SpansStopAtTheParent) {
  Table table;
  table.heads = {{"a", "a", "b", "b"}, {"x", "x", "x", "y"}, {"1", "1", "1", "1"}};
  EXPECT_EQ(spans_of(table, 0).size(), 2u);
  EXPECT_EQ(spans_of(table, 1).size(), 3u);
  EXPECT_EQ(spans_of(table, 2).size(), 4u);  // every column has a leaf of its own
}

TEST(Table, UnknownFormat) {
  EXPECT_THAT([] { render({}, "html"); }, testing::ThrowsMessage<ConfigError>(
                                              "unknown format 'html'; known: text, markdown, latex, csv"));
}

TEST(Table, TablesAreApart) {
  Table note;
  note.notes = {"only a note"};
  EXPECT_EQ(render({note, note}, "text"), "only a note\n\nonly a note\n");
}

}  // namespace
}  // namespace assay
