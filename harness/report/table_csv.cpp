#include "harness/report/table.h"

namespace assay {
namespace {

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string safe = "\"";
  for (const char c : text) {
    if (c == '"') safe += '"';
    safe += c;
  }
  return safe + '"';
}

}  // namespace

std::string csv_table(const Table& table) {
  std::string text = quoted(table.corner);
  for (std::size_t i = 0; i < table.columns(); ++i) {
    Table::Cell words;
    for (const auto& level : table.heads) words.push_back(level[i]);
    text += ',' + quoted(joined(words));
  }
  text += '\n';
  for (const Table::Row& row : table.rows) {
    text += quoted(row.name);
    for (const Table::Cell& cell : row.cells) text += ',' + quoted(joined(cell));
    text += '\n';
  }
  return text;
}

}  // namespace assay
