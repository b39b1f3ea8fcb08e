#include <fmt/format.h>

#include <map>

#include "harness/report/table.h"

namespace assay {
namespace {

std::string latex(std::string_view text) {
  static const std::map<char, std::string_view> special{{'\\', "\\textbackslash{}"},
                                                        {'~', "\\textasciitilde{}"},
                                                        {'^', "\\textasciicircum{}"},
                                                        {'<', "$<$"},
                                                        {'>', "$>$"},
                                                        {'|', "$|$"},
                                                        {'%', "\\%"},
                                                        {'_', "\\_"},
                                                        {'&', "\\&"},
                                                        {'#', "\\#"},
                                                        {'$', "\\$"},
                                                        {'{', "\\{"},
                                                        {'}', "\\}"}};
  std::string safe;
  for (const char c : text) {
    const auto found = special.find(c);
    if (found == special.end())
      safe += c;
    else
      safe += found->second;
  }
  return safe;
}

/// A row that starts with a bracket would be read as the optional argument of the line break before it.
std::string guarded(std::string_view text) {
  const std::string safe = latex(text);
  return safe.starts_with('[') || safe.starts_with('*') ? "{}" + safe : safe;
}

std::string head_lines(const Table& table) {
  std::string text;
  for (std::size_t level = 0; level < table.heads.size(); ++level) {
    text += level + 1 == table.heads.size() ? guarded(table.corner) : "";
    for (const Span& span : spans_of(table, level)) {
      const std::size_t width = span.last - span.first + 1;
      text += width == 1 ? " & " + latex(span.text)
                         : fmt::format(" & \\multicolumn{{{}}}{{c}}{{{}}}", width, latex(span.text));
    }
    text += " \\\\\n";
  }
  return text;
}

std::string latex_rows(const Table& table) {
  std::string text, block;
  for (const Table::Row& row : table.rows) {
    if (row.block != block) {
      block = row.block;
      text += fmt::format("\\multicolumn{{{}}}{{l}}{{{}}} \\\\\n", table.columns() + 1, latex(block));
    }
    text += guarded(row.name);
    for (const Table::Cell& cell : row.cells) text += " & " + latex(joined(cell));
    text += " \\\\\n";
  }
  return text;
}

}  // namespace

std::string latex_table(const Table& table) {
  std::string text = table.title.empty() ? "" : "\\noindent " + latex(table.title) + "\\par\n";
  if (table.columns() > 0) {
    std::string columns = "l";
    for (std::size_t i = 0; i < table.columns(); ++i) columns += table.is_left(i) ? 'l' : 'r';
    text += "\\noindent\\begin{tabular}{" + columns + "}\n\\hline\n" + head_lines(table) + "\\hline\n" +
            latex_rows(table) + "\\hline\n\\end{tabular}\\par\n";
  }
  for (const std::string& note : table.notes) text += "\\noindent " + latex(note) + "\\par\n";
  return text;
}

}  // namespace assay
