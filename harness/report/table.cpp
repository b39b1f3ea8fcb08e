#include "harness/report/table.h"

#include <fmt/format.h>

#include <map>

#include "harness/core/error.h"

namespace assay {

std::vector<Span> spans_of(const Table& table, std::size_t level) {
  std::vector<Span> spans;
  for (std::size_t column = 0; column < table.columns(); ++column) {
    bool same = column > 0;
    for (std::size_t above = 0; above <= level; ++above)
      same = same && table.heads[above][column] == table.heads[above][column - 1];
    if (same && level + 1 < table.heads.size())
      spans.back().last = column;
    else
      spans.push_back({column, column, table.heads[level][column]});
  }
  return spans;
}

std::string joined(const Table::Cell& cell) {
  std::string text;
  for (const std::string& part : cell) {
    const std::size_t first = part.find_first_not_of(' ');
    if (first == std::string::npos) continue;
    if (!text.empty()) text += ' ';
    text += part.substr(first, part.find_last_not_of(' ') + 1 - first);
  }
  return text;
}

std::string render(const Document& document, std::string_view format) {
  using Renderer = std::string (*)(const Table&);
  static const std::map<std::string_view, Renderer> renderers{
      {"text", text_table}, {"markdown", markdown_table}, {"latex", latex_table}, {"csv", csv_table}};
  const auto renderer = renderers.find(format);
  if (renderer == renderers.end())
    throw ConfigError(fmt::format("unknown format '{}'; known: text, markdown, latex, csv", format));
  std::string text;
  for (const Table& table : document) {
    if (!text.empty()) text += '\n';
    text += renderer->second(table);
  }
  return text;
}

}  // namespace assay
