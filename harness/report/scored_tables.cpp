#include "harness/report/scored_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "harness/report/add_once.h"
#include "harness/report/numbers.h"
#include "harness/report/remarks.h"
#include "harness/report/scored_pairs.h"
#include "harness/report/verdicts.h"

namespace assay {
namespace {

using LineText = std::function<Table::Cell(const ScoredLine&)>;

/// What stands in a table of one kind.
struct ScoredKind {
  std::string title;      // behind the names of the scores
  LineText text;          // of a line
  LineText chance;        // of the row below a block; none where there is no such row
  bool of_values = true;  // a line that keeps nothing has none; otherwise words
};

std::string in_words(const std::vector<std::string>& names) {
  std::string text = names.front();
  for (std::size_t i = 1; i < names.size(); ++i) text += (i + 1 < names.size() ? ", " : " and ") + names[i];
  return text;
}

/// The lines of one metric, protocol and experiment.
class ScoredBuilder {
 public:
  ScoredBuilder(const ScoredMetric& metric, std::vector<const ScoredLine*> lines)
      : metric_(metric), lines_(std::move(lines)) {
    for (const ScoredLine* line : lines_) {
      add_once(variants_, line->cell->variant);
      add_once(rows_, line->cell->row);
    }
  }

  std::string where() const {
    const ScoredCell& cell = *lines_.front()->cell;
    return fmt::format("{} / {}, protocol {}", cell.dataset, cell.network, cell.protocol);
  }

  /// As many columns a table as a page holds.
  void add_tables(const std::vector<std::size_t>& scores, const ScoredKind& kind, Document& document) const {
    for (std::size_t first = 0; first < scores.size();) {
      std::size_t last = scores.size();
      const auto chosen = [&] {
        return std::vector<std::size_t>(scores.begin() + static_cast<std::ptrdiff_t>(first),
                                        scores.begin() + static_cast<std::ptrdiff_t>(last));
      };
      Table table = build(chosen(), kind);
      while (last > first + 1 && text_width(table) > kPageWidth) {
        --last;
        table = build(chosen(), kind);
      }
      document.push_back(std::move(table));
      first = last;
    }
  }

 private:
  Table build(const std::vector<std::size_t>& scores, const ScoredKind& kind) const {
    std::vector<std::string> names;
    for (const std::size_t score : scores) names.push_back(metric_.scores[score].name);
    Table table;
    table.title = fmt::format("{}: {}{}: {}", metric_.metric, in_words(names), kind.title, where());
    table.corner = "configuration";
    table.heads = {names};
    table.left.assign(scores.size(), !kind.of_values);
    Remarks remarks;
    for (const std::string& variant : variants_) {
      for (const std::string& row : rows_) add_row(table, remarks, variant, row, scores, kind);
      if (kind.chance) add_chance(table, variant, scores, kind.chance);
    }
    add_notes(table, remarks);
    return table;
  }

  static void add_notes(Table& table, const Remarks& remarks) {
    table.notes = remarks.notes();
    if (table.notes.empty())
      for (Table::Row& row : table.rows) row.cells.pop_back();
    else
      table.heads.front().push_back("note"), table.left.push_back(true);
  }

  const ScoredLine* find(const std::string& variant, const std::string& row, std::size_t score) const {
    const auto found = std::ranges::find_if(lines_, [&](const ScoredLine* line) {
      return line->cell->variant == variant && line->cell->row == row && line->score == score;
    });
    return found == lines_.end() ? nullptr : *found;
  }

  static Table::Cell cell_text(const ScoredLine& line, const ScoredKind& kind) {
    if (line.kept == 0 && kind.of_values) return {line.why.substr(0, line.why.find(':'))};
    return kind.text(line);
  }

  void add_row(Table& table, Remarks& remarks, const std::string& variant, const std::string& name,
               const std::vector<std::size_t>& scores, const ScoredKind& kind) const {
    Table::Row row{.block = variant, .name = name, .cells = {}};
    std::vector<std::string> letters;
    for (const std::size_t score : scores) {
      const ScoredLine* line = find(variant, name, score);
      row.cells.push_back(line ? cell_text(*line, kind) : Table::Cell{"not run"});
      if (!line) continue;
      if (!line->cell->note.empty()) add_once(letters, remarks.letter(line->cell->note));
      if (line->why.find(':') != std::string::npos) add_once(letters, remarks.letter(line->why));
    }
    row.cells.push_back({fmt::format("{}", fmt::join(letters, ","))});
    table.rows.push_back(std::move(row));
  }

  /// Of the line that keeps most.
  void add_chance(Table& table, const std::string& variant, const std::vector<std::size_t>& scores,
                  const LineText& text) const {
    Table::Row row{.block = variant, .name = "chance: " + metric_.chance, .cells = {}};
    for (const std::size_t score : scores) {
      const ScoredLine* most = nullptr;
      for (const ScoredLine* line : lines_)
        if (line->cell->variant == variant && line->score == score && (!most || line->kept > most->kept))
          most = line;
      row.cells.push_back(most ? text(*most) : Table::Cell{"-"});
    }
    row.cells.push_back({""});
    table.rows.push_back(std::move(row));
  }

  const ScoredMetric& metric_;
  std::vector<const ScoredLine*> lines_;
  std::vector<std::string> variants_, rows_;
};

ScoredKind averages() {
  const auto text = [](const ScoredLine& line) -> Table::Cell {
    const bool suspect = 2 * line.suspect > line.cell->records.size();
    const char mark = line.best ? '*' : suspect ? '?' : line.tied ? '=' : ' ';
    return {times_100(line.average) + mark, range_text(line.interval), fmt::format("({})", line.kept)};
  };
  const auto chance = [](const ScoredLine& line) -> Table::Cell {
    return {times_100(line.chance) + ' ', "", ""};
  };
  return {" x100", text, chance};
}

ScoredKind quartiles() {
  const auto text = [](const ScoredLine& line) -> Table::Cell {
    return {times_100(line.median), range_text(line.quartiles)};
  };
  const auto chance = [](const ScoredLine& line) -> Table::Cell {
    return {times_100(line.chance_median), ""};
  };
  return {" x100, median and quartiles", text, chance};
}

ScoredKind left_out() {
  const auto text = [](const ScoredLine& line) -> Table::Cell {
    std::string words;
    for (const auto& [reason, count] : line.left_out)
      words += fmt::format("{}{} {}", words.empty() ? "" : ", ", reason, count);
    return {words.empty() ? "none" : words};
  };
  return {", left out", text, {}, false};
}

Table scored_legend(const std::string& metric, const ScoredTable& table, const ReportOptions& options) {
  Table notes;
  notes.notes.push_back(
      fmt::format("{}, x100: {} interval of a bootstrap over images, (kept); * best of its column, = not "
                  "told from it (Wilcoxon "
                  "over images, Holm, {} level), ? suspect",
                  metric, percent(options.level), percent(1 - options.level)));
  for (const ScoredMetric& one : table.metrics) {
    if (one.metric != metric) continue;
    for (const std::size_t score : one.shown) {
      const ScoreInfo& info = one.scores[score];
      const char* mean = info.averaging == Averaging::by_class ? "mean over classes" : "mean over samples";
      add_once(notes.notes, fmt::format("{}: {}; {}{}{}", info.name, info.doc, mean,
                                        info.votes ? "" : "; no vote in the league",
                                        info.compared ? "" : "; rows are not compared"));
    }
  }
  for (const ScoredMetric& one : table.metrics) {
    if (one.metric != metric || one.settings.empty()) continue;
    std::string text = one.protocol + ":";
    for (const auto& [key, value] : one.settings.items())
      text += fmt::format(" {}={}", key, value.is_string() ? value.get<std::string>() : value.dump());
    notes.notes.push_back(text);
  }
  return notes;
}

std::vector<std::size_t> with_quartiles(const ScoredMetric& metric) {
  std::vector<std::size_t> scores;
  for (const std::size_t score : metric.shown)
    if (metric.scores[score].quartiles) scores.push_back(score);
  return scores;
}

std::vector<const ScoredLine*> lines_at(const std::vector<ScoredLine>& lines, const ScoredMetric& metric,
                                        int experiment) {
  std::vector<const ScoredLine*> found;
  for (const ScoredLine& line : lines)
    if (line.cell->metric == metric.metric && line.cell->protocol == metric.protocol &&
        line.cell->experiment == experiment)
      found.push_back(&line);
  return found;
}

}  // namespace

Document scored_tables(const ScoredTable& table, const std::vector<ScoredLine>& lines,
                       const ReportOptions& options, bool details) {
  Document document;
  for (std::size_t m = 0; m < table.metrics.size(); ++m) {
    const ScoredMetric& metric = table.metrics[m];
    for (std::size_t e = 0; e < table.images.size(); ++e) {
      const std::vector<const ScoredLine*> here = lines_at(lines, metric, static_cast<int>(e));
      if (here.empty()) continue;
      const ScoredBuilder builder(metric, here);
      builder.add_tables(metric.shown, averages(), document);
      if (Table verdicts = verdict_table(metric, here, builder.where()); !verdicts.rows.empty())
        document.push_back(std::move(verdicts));
      builder.add_tables(with_quartiles(metric), quartiles(), document);
      const std::vector<WrappedPair> pairs = wrapped_pairs(here, table.images[e], options);
      const std::string title =
          metric.metric + ": wrapped methods beside their base x100: " + builder.where();
      if (!pairs.empty()) document.push_back(pairs_table(pairs, title, options));
      if (details) builder.add_tables(metric.shown, left_out(), document);
    }
    const bool last = m + 1 == table.metrics.size() || table.metrics[m + 1].metric != metric.metric;
    if (last) document.push_back(scored_legend(metric.metric, table, options));
  }
  return document;
}

}  // namespace assay
