#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <sstream>

#include "harness/report/table.h"

namespace assay {
namespace {

constexpr std::string_view kGap = "  ";

/// Widths of everything in one column.
struct ColumnWidths {
  std::vector<std::size_t> parts;
  std::size_t total = 0;
};

std::size_t width_of_parts(const std::vector<std::size_t>& parts) {
  return parts.empty() ? 0 : std::accumulate(parts.begin(), parts.end(), parts.size() - 1);
}

ColumnWidths measure(const Table& table, std::size_t column) {
  ColumnWidths widths;
  std::size_t whole = 0;
  for (const Table::Row& row : table.rows) {
    const Table::Cell& cell = row.cells[column];
    if (cell.size() == 1) whole = std::max(whole, cell.front().size());
    if (cell.size() < 2) continue;
    widths.parts.resize(std::max(widths.parts.size(), cell.size()));
    for (std::size_t i = 0; i < cell.size(); ++i) widths.parts[i] = std::max(widths.parts[i], cell[i].size());
  }
  widths.total = std::max({whole, width_of_parts(widths.parts), table.heads.back()[column].size()});
  return widths;
}

struct Arrangement {
  std::size_t names = 0;
  std::vector<ColumnWidths> columns;

  std::size_t width(const Span& span) const {
    std::size_t sum = (span.last - span.first) * kGap.size();
    for (std::size_t i = span.first; i <= span.last; ++i) sum += columns[i].total;
    return sum;
  }
};

bool has_blocks(const Table& table) {
  return std::ranges::any_of(table.rows, [](const Table::Row& row) { return !row.block.empty(); });
}

Arrangement arrange(const Table& table) {
  Arrangement layout;
  layout.names = table.corner.size();
  const std::size_t indent = has_blocks(table) ? kGap.size() : 0;
  for (const Table::Row& row : table.rows) layout.names = std::max(layout.names, row.name.size() + indent);
  for (std::size_t i = 0; i < table.columns(); ++i) layout.columns.push_back(measure(table, i));
  for (std::size_t level = 0; level + 1 < table.heads.size(); ++level)
    for (const Span& span : spans_of(table, level)) {
      const std::size_t width = layout.width(span);
      if (span.text.size() > width) layout.columns[span.last].total += span.text.size() - width;
    }
  return layout;
}

std::string cell_text(const Table::Cell& cell, const ColumnWidths& widths, bool left) {
  std::string text;
  for (std::size_t i = 0; i < cell.size(); ++i)
    text += fmt::format("{}{:>{}}", i ? " " : "", cell[i], cell.size() > 1 ? widths.parts[i] : 0);
  if (cell.size() > 1)
    for (std::size_t i = cell.size(); i < widths.parts.size(); ++i) text.append(widths.parts[i] + 1, ' ');
  return left ? fmt::format("{:<{}}", text, widths.total) : fmt::format("{:>{}}", text, widths.total);
}

std::string without_trailing_blanks(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line + '\n';
}

std::string span_line(const Table& table, const Arrangement& layout, std::size_t level) {
  std::string line(layout.names, ' ');
  for (const Span& span : spans_of(table, level)) {
    const std::size_t width = layout.width(span);
    line += kGap;
    if (span.first == span.last)
      line += cell_text({span.text}, layout.columns[span.first], table.is_left(span.first));
    else if (span.text.empty() || span.text.size() + 4 > width)
      line += fmt::format("{:^{}}", span.text, width);
    else
      line += fmt::format("{:-^{}}", ' ' + span.text + ' ', width);
  }
  return without_trailing_blanks(line);
}

std::string leaf_line(const Table& table, const Arrangement& layout) {
  std::string line = fmt::format("{:<{}}", table.corner, layout.names);
  for (std::size_t i = 0; i < table.columns(); ++i) {
    line += kGap;
    line += cell_text({table.heads.back()[i]}, layout.columns[i], table.is_left(i));
  }
  return without_trailing_blanks(line);
}

std::string body(const Table& table, const Arrangement& layout) {
  std::string text, block;
  const bool blocks = has_blocks(table);
  for (const Table::Row& row : table.rows) {
    if (row.block != block) text += (block = row.block) + '\n';
    std::string line = fmt::format("{:<{}}", (blocks ? std::string(kGap) : "") + row.name, layout.names);
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      line += kGap;
      line += cell_text(row.cells[i], layout.columns[i], table.is_left(i));
    }
    text += without_trailing_blanks(line);
  }
  return text;
}

/// Breaks a long line at blanks; what follows is indented.
std::string wrapped(const std::string& note) {
  std::string text, line;
  std::istringstream words(note);
  for (std::string word; words >> word;) {
    if (!line.empty() && line.size() + 1 + word.size() > kPageWidth) {
      text += line + '\n';
      line = "   ";
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return text + line + '\n';
}

}  // namespace

std::size_t text_width(const Table& table) {
  if (table.columns() == 0) return 0;
  const Arrangement layout = arrange(table);
  return layout.names + kGap.size() + layout.width({0, table.columns() - 1, ""});
}

std::string text_table(const Table& table) {
  std::string text = table.title.empty() ? "" : table.title + "\n";
  if (table.columns() > 0) {
    const Arrangement layout = arrange(table);
    if (!text.empty()) text += '\n';
    for (std::size_t level = 0; level + 1 < table.heads.size(); ++level)
      text += span_line(table, layout, level);
    text += leaf_line(table, layout) + body(table, layout);
    if (!table.notes.empty()) text += '\n';
  }
  for (const std::string& note : table.notes) text += wrapped(note);
  return text;
}

}  // namespace assay
