#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace assay {

/// A table as every format can show it: texts, nothing left to compute.
struct Table {
  /// One value: parts stand below each other in text ("50.3*", "(18)", "[50]"), joined by blanks elsewhere.
  using Cell = std::vector<std::string>;
  struct Row {
    std::string block;  // rows of one block stand together under it: "rho = 25 %"; may be empty
    std::string name;
    std::vector<Cell> cells;  // one a column
  };

  std::string title;
  std::string corner;                           // heading of the names
  std::vector<std::vector<std::string>> heads;  // levels, outermost first, one text a column; equal
                                                // neighbours below the same parent are printed once
  std::vector<bool> left;                       // columns of words, aligned left; missing = right
  std::vector<Row> rows;
  std::vector<std::string> notes;  // lines under it

  std::size_t columns() const { return heads.empty() ? 0 : heads.front().size(); }
  bool is_left(std::size_t column) const { return column < left.size() && left[column]; }
};

/// Tables and remarks in the order they are printed.
using Document = std::vector<Table>;

/// Columns first..last of one level of headings that share one text.
struct Span {
  std::size_t first = 0, last = 0;
  std::string text;
};
std::vector<Span> spans_of(const Table& table, std::size_t level);

/// The parts of a cell, joined by blanks, without blanks at the ends.
std::string joined(const Table::Cell& cell);

std::string text_table(const Table& table);      // aligned, blanks only
std::string markdown_table(const Table& table);  // GitHub; headings of all levels in one
std::string latex_table(const Table& table);     // a tabular of its own, \hline only; title and notes as text
std::string csv_table(const Table& table);       // RFC 4180; neither title nor notes

/// What text should fit into, in characters: notes are wrapped there, Table 1 is split.
inline constexpr std::size_t kPageWidth = 120;

/// Width of the columns of text_table() in characters.
std::size_t text_width(const Table& table);

/// text | markdown | latex | csv; throws ConfigError for another format. Tables are apart by an empty line.
std::string render(const Document& document, std::string_view format);

}  // namespace assay
