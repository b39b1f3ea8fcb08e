#include "harness/report/table1.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <tuple>

#include "harness/report/add_once.h"
#include "harness/report/numbers.h"
#include "harness/report/remarks.h"

namespace assay {
namespace {

struct ColumnKey {
  std::string measure;  // SCG, CCG, kOnObject (without a base)
  int experiment;
  std::string base, protocol;
  bool operator==(const ColumnKey&) const = default;
};

/// Everything the columns of one table share.
class Builder {
 public:
  Builder(const GainTable& table, const std::vector<Line>& lines) : table_(table), lines_(lines) {
    for (const Line& line : lines) {
      add_once(rows_, line.cell->row);
      add_once(rhos_, line.cell->rho);
    }
    std::ranges::sort(rhos_, std::greater());
  }

  std::vector<ColumnKey> all_columns() const {
    std::vector<ColumnKey> keys;
    for (const Line& line : lines_) add_once(keys, key_of(line));
    for (const Line& line : lines_)
      if (line.cell->mask) add_once(keys, {kOnObject, line.cell->experiment, "", line.cell->protocol});
    const auto place = [](const auto& list, const auto& value) {
      return std::ranges::find(list, value) - list.begin();
    };
    std::vector<std::string> measures, bases, protocols;
    for (const ColumnKey& key : keys) {
      add_once(measures, key.measure);
      add_once(bases, key.base);
    }
    for (const ScoredProtocol& protocol : table_.protocols) protocols.push_back(protocol.name);
    std::ranges::stable_sort(keys, {}, [&](const ColumnKey& key) {
      return std::tuple(place(measures, key.measure), key.experiment, place(bases, key.base),
                        place(protocols, key.protocol));
    });
    return keys;
  }

  Table build(const std::vector<ColumnKey>& columns) const {
    Table table;
    table.corner = "configuration";
    table.title = measures_text(columns) + " x100" + common_words(columns);
    for (const auto& level : head_levels(columns)) table.heads.push_back(level);
    Remarks remarks;
    for (const double rho : rhos_)
      for (const std::string& row : rows_) add_row(table, remarks, columns, rho, row);
    table.notes = remarks.notes();
    if (!table.notes.empty()) {
      for (auto& level : table.heads) level.push_back(&level == &table.heads.back() ? "note" : "");
      table.left.assign(columns.size(), false);
      table.left.push_back(true);
    } else {
      for (Table::Row& row : table.rows) row.cells.pop_back();
    }
    return table;
  }

 private:
  static ColumnKey key_of(const Line& line) {
    return {std::string(name_of(line.measure)), line.cell->experiment, line.cell->base, line.cell->protocol};
  }

  const Line* find(const ColumnKey& key, double rho, const std::string& row) const {
    const auto found = std::ranges::find_if(lines_, [&](const Line& line) {
      return line.cell->row == row && line.cell->rho == rho && key_of(line) == key;
    });
    return found == lines_.end() ? nullptr : &*found;
  }

  /// Any line of the column's row, for what does not depend on measure and base.
  const Line* find_mask(const ColumnKey& key, double rho, const std::string& row) const {
    const auto found = std::ranges::find_if(lines_, [&](const Line& line) {
      return line.cell->row == row && line.cell->rho == rho && line.cell->experiment == key.experiment &&
             line.cell->protocol == key.protocol;
    });
    return found == lines_.end() ? nullptr : &*found;
  }

  const GainCell& any_cell(int experiment) const {
    return *std::ranges::find(table_.cells, experiment, &GainCell::experiment);
  }

  template <class T>
  static bool varies(const std::vector<ColumnKey>& columns, T ColumnKey::*field) {
    return std::ranges::any_of(columns, [&](const ColumnKey& c) { return c.*field != columns[0].*field; });
  }

  static std::string measures_text(const std::vector<ColumnKey>& columns) {
    std::vector<std::string> names;
    for (const ColumnKey& column : columns) add_once(names, column.measure);
    std::string text = names.front();
    for (std::size_t i = 1; i < names.size(); ++i) text += (i + 1 < names.size() ? ", " : " and ") + names[i];
    return text;
  }

  /// What all columns have in common, for the title.
  std::string common_words(const std::vector<ColumnKey>& columns) const {
    std::string words;
    if (!varies(columns, &ColumnKey::experiment))
      words += ": " + full_name(any_cell(columns.front().experiment));
    if (!varies(columns, &ColumnKey::protocol)) words += ", protocol " + columns.front().protocol;
    return words;
  }

  std::vector<std::vector<std::string>> head_levels(const std::vector<ColumnKey>& columns) const {
    std::vector<std::string> measures, experiments, bases, protocols;
    for (const ColumnKey& column : columns) {
      measures.push_back(column.measure);
      experiments.push_back(experiment_label(table_, any_cell(column.experiment)));
      bases.push_back(column.base);
      protocols.push_back(column.protocol);
    }
    std::vector<std::vector<std::string>> levels;
    if (varies(columns, &ColumnKey::measure)) levels.push_back(measures);
    if (varies(columns, &ColumnKey::experiment)) levels.push_back(experiments);
    if (varies(columns, &ColumnKey::base) || !columns.front().base.empty()) levels.push_back(bases);
    if (varies(columns, &ColumnKey::protocol) || levels.empty()) levels.push_back(protocols);
    return levels;
  }

  static Table::Cell cell_text(const Line& line) {
    if (line.kept == 0) return {line.why.substr(0, line.why.find(':'))};
    const char mark = line.best ? '*' : is_suspect(line) ? '?' : line.tied ? '=' : ' ';
    Table::Cell cell{times_100(line.mean) + mark, fmt::format("({})", line.kept)};
    if (line.published) cell.push_back(fmt::format("[{}]", *line.published));
    return cell;
  }

  static Table::Cell mask_text(const Line* line) {
    if (!line || !line->cell->mask) return {"not run"};
    const RegionShare& mask = *line->cell->mask;
    if (mask.images == 0) return {"-"};
    return {times_100(mask.on_region), fmt::format("({})", mask.images)};
  }

  void add_row(Table& table, Remarks& remarks, const std::vector<ColumnKey>& columns, double rho,
               const std::string& name) const {
    Table::Row row{.block = "rho = " + percent(rho), .name = name, .cells = {}};
    std::vector<std::string> letters;
    bool present = false;
    for (const ColumnKey& key : columns) {
      if (key.measure == kOnObject) {
        const Line* line = find_mask(key, rho, name);
        present = present || (line && line->cell->mask);
        row.cells.push_back(mask_text(line));
        continue;
      }
      const Line* line = find(key, rho, name);
      row.cells.push_back(line ? cell_text(*line) : Table::Cell{"not run"});
      if (!line) continue;
      present = true;
      const std::string label = experiment_label(table_, *line->cell);
      const std::string where = label.empty() || columns.size() == 1 ? "" : label + ": ";
      if (!line->cell->note.empty()) add_once(letters, remarks.letter(where + line->cell->note));
      if (line->why.find(':') != std::string::npos) add_once(letters, remarks.letter(where + line->why));
    }
    if (!present) return;
    std::string noted;
    for (const std::string& letter : letters) noted += (noted.empty() ? "" : ",") + letter;
    row.cells.push_back({noted});
    table.rows.push_back(std::move(row));
  }

  const GainTable& table_;
  const std::vector<Line>& lines_;
  std::vector<std::string> rows_;
  std::vector<double> rhos_;
};

/// The columns in groups of one value of a field, in order.
template <class T>
std::vector<std::vector<ColumnKey>> grouped(const std::vector<ColumnKey>& columns, T ColumnKey::*field) {
  std::vector<T> values;
  for (const ColumnKey& column : columns) add_once(values, column.*field);
  std::vector<std::vector<ColumnKey>> groups;
  for (const T& value : values) {
    groups.emplace_back();
    for (const ColumnKey& column : columns)
      if (column.*field == value) groups.back().push_back(column);
  }
  return groups;
}

void add_tables(const Builder& builder, const std::vector<ColumnKey>& columns, Document& document) {
  Table table = builder.build(columns);
  if (text_width(table) > kPageWidth) {
    for (const auto& groups :
         {grouped(columns, &ColumnKey::experiment), grouped(columns, &ColumnKey::measure),
          grouped(columns, &ColumnKey::base), grouped(columns, &ColumnKey::protocol)}) {
      if (groups.size() < 2) continue;
      for (const auto& group : groups) add_tables(builder, group, document);
      return;
    }
  }
  document.push_back(std::move(table));
}

}  // namespace

Document table1(const GainTable& table, const std::vector<Line>& lines) {
  Document document;
  const Builder builder(table, lines);
  const std::vector<ColumnKey> columns = builder.all_columns();
  if (!columns.empty()) add_tables(builder, columns, document);
  return document;
}

}  // namespace assay
