#include <fmt/format.h>

#include "harness/report/table.h"

namespace assay {
namespace {

std::string markdown(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (std::string_view("|*_`~<\\").find(c) != std::string_view::npos) safe += '\\';
    safe += c;
  }
  return safe;
}

std::string markdown_heading(const Table& table, std::size_t column) {
  Table::Cell words;
  for (const auto& level : table.heads) words.push_back(level[column]);
  return joined(words);
}

std::string markdown_header(const Table& table) {
  std::string names = "| " + markdown(table.corner) + " |", rule = "| :--- |";
  for (std::size_t i = 0; i < table.columns(); ++i) {
    names += ' ' + markdown(markdown_heading(table, i)) + " |";
    rule += table.is_left(i) ? " :--- |" : " ---: |";
  }
  return names + '\n' + rule + '\n';
}

std::string markdown_rows(const Table& table) {
  std::string text, block;
  for (const Table::Row& row : table.rows) {
    if (row.block != block) {
      block = row.block;
      text += fmt::format("| **{}** |", markdown(block));
      for (std::size_t i = 0; i < table.columns(); ++i) text += "  |";
      text += '\n';
    }
    text += fmt::format("| {} |", markdown(row.name));
    for (const Table::Cell& cell : row.cells) text += ' ' + markdown(joined(cell)) + " |";
    text += '\n';
  }
  return text;
}

}  // namespace

std::string markdown_table(const Table& table) {
  std::string text = table.title.empty() ? "" : fmt::format("### {}\n", markdown(table.title));
  if (table.columns() > 0)
    text += fmt::format("{}{}{}", text.empty() ? "" : "\n", markdown_header(table), markdown_rows(table));
  if (!table.notes.empty() && !text.empty()) text += '\n';
  for (const std::string& note : table.notes) text += fmt::format("- {}\n", markdown(note));
  return text;
}

}  // namespace assay
