#include "harness/data/confidences.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "harness/data/label_files.h"

namespace assay {
namespace {

/// Place of the first of `names` that the header has; its size when there is none.
std::size_t column_of(const std::vector<std::string>& header, std::initializer_list<std::string> names) {
  for (const std::string& name : names)
    if (const auto found = std::ranges::find(header, name); found != header.end())
      return static_cast<std::size_t>(found - header.begin());
  return header.size();
}

double probability_of(const std::string& text, const std::string& file, int line) {
  double p = 0;
  if (text.empty()) return p;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), p);
  if (error != std::errc() || end != text.data() + text.size() || !(p >= 0 && p <= 1))
    fail_at(file, line, fmt::format("'{}' is not a probability (0..1)", text));
  return p;
}

}  // namespace

Confidences::Confidences(const std::string& file, const std::string& column, double threshold)
    : file_(file), threshold_(threshold) {
  const std::vector<TextLine> lines = read_lines(file);
  if (lines.empty()) throw DataError(fmt::format("{}: empty; expected a line of column names", file));
  const std::vector<std::string> header = parse_csv(lines.front(), file);
  const std::size_t none = header.size(), name = column_of(header, {"name", "file"}),
                    p = column.empty() ? column_of(header, {"p", "p_true"}) : column_of(header, {column}),
                    network = column_of(header, {"network"}), label = column_of(header, {"label"});
  if (name == none || p == none)
    fail_at(file, lines.front().number,
            fmt::format("no column '{}'; columns: {}",
                        name == none     ? "name"
                        : column.empty() ? "p"
                                         : column,
                        fmt::join(header, ", ")));
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::vector<std::string> fields = parse_csv(lines[i], file);
    if (fields.size() != none)
      fail_at(file, lines[i].number,
              fmt::format("{} fields where the first line names {}", fields.size(), none));
    Row& row = rows_[fields[name]];
    row.least = std::min(row.least, probability_of(fields[p], file, lines[i].number));
    row.networks.insert(network == none ? "" : fields[network]);
    if (label != none) row.label = fields[label];
    row.line = lines[i].number;
    networks_.insert(row.networks.begin(), row.networks.end());
  }
}

bool Confidences::sure_of(const MosaicTile& tile) const {
  const auto found = rows_.find(tile.name);
  if (found == rows_.end()) return false;
  const Row& row = found->second;
  if (!row.label.empty() && row.label != tile.label.key && row.label != std::to_string(tile.label.index))
    fail_at(file_, row.line,
            fmt::format("{} has the label {}, in the dataset it is {}", tile.name, row.label,
                        word_of(tile.label)));
  return row.least >= threshold_ && row.networks == networks_;
}

std::string Confidences::match(const std::vector<MosaicTile>& tiles) const {
  const auto known = std::ranges::count_if(tiles, [&](const MosaicTile& tile) { return knows(tile); });
  const auto sure = std::ranges::count_if(tiles, [&](const MosaicTile& tile) { return sure_of(tile); });
  return fmt::format(
      "{}: of {} images {} are among its {} names ({} here, {} there), {} of these with p >= {}{}", file_,
      tiles.size(), known, rows_.size(), tiles.empty() ? "none" : tiles.front().name,
      rows_.empty() ? "none" : rows_.begin()->first, sure, threshold_,
      networks_.size() > 1 ? " by every network" : "");
}

}  // namespace assay
