#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "harness/data/label_files.h"

namespace assay {
namespace {

using Header = std::vector<std::string>;

std::optional<std::size_t> position(const Header& header, std::string_view name) {
  const auto found = std::ranges::find(header, name);
  if (found == header.end()) return std::nullopt;
  return static_cast<std::size_t>(found - header.begin());
}

/// Where a table keeps what.
struct Columns {
  std::size_t file = 0;
  std::optional<std::size_t> index;
  std::optional<std::size_t> key;
};

class LabelsCsv : public Dataset {
 public:
  explicit LabelsCsv(Params& params)
      : folder_(params.require<std::string>("path", "folder of the images")),
        table_(params.get<std::string>("labels", "labels.csv",
                                       "the table, in that folder; first line = column names")),
        column_(params.get<std::string>("column", "",
                                        "column of the class indices; default: class_index, "
                                        "accepted_places365_indices or voc21_indices, whichever there is")),
        key_(params.get<std::string>(
            "key", "",
            "column that finds the output through the network's class list; default: wnid, "
            "else name, where there is one; none: the index is the output")) {}

  std::vector<Sample> samples() const override {
    const std::string file = join_path(folder_, table_);
    const std::vector<TextLine> lines = read_lines(file);
    if (lines.empty()) throw DataError(fmt::format("{}: empty; expected a line of column names", file));
    const Header header = parse_csv(lines.front(), file);
    const Columns columns = find_columns(header, file, lines.front().number);
    std::vector<Sample> samples;
    std::set<std::string> names;
    for (std::size_t i = 1; i < lines.size(); ++i) {
      samples.push_back(read_row(lines[i], header.size(), columns, file));
      if (!names.insert(samples.back().name).second)
        fail_at(file, lines[i].number, fmt::format("{} is listed twice", samples.back().name));
    }
    return not_empty(std::move(samples), file);
  }

 private:
  Columns find_columns(const Header& header, const std::string& file, int line) const {
    const auto known = [&] { return fmt::format("{}", fmt::join(header, ", ")); };
    const auto named = [&](const std::string& name) {
      const auto found = position(header, name);
      if (!found) fail_at(file, line, fmt::format("no column '{}'; columns: {}", name, known()));
      return found;
    };
    Columns columns;
    columns.file = *named("file");
    if (!column_.empty()) columns.index = named(column_);
    for (const char* name : {"class_index", "accepted_places365_indices", "voc21_indices"})
      if (!columns.index) columns.index = position(header, name);
    if (key_ == "none")
      columns.key = std::nullopt;
    else if (!key_.empty())
      columns.key = named(key_);
    else
      columns.key = position(header, "wnid") ? position(header, "wnid") : position(header, "name");
    if (!columns.index && !columns.key)
      fail_at(file, line,
              fmt::format("no column of class indices; name one with 'column'; columns: {}", known()));
    return columns;
  }

  Sample read_row(const TextLine& line, std::size_t width, const Columns& columns,
                  const std::string& file) const {
    const std::vector<std::string> fields = parse_csv(line, file);
    if (fields.size() != width)
      fail_at(file, line.number,
              fmt::format("{} fields where the first line names {}", fields.size(), width));
    const std::string& name = fields[columns.file];
    if (name.empty()) fail_at(file, line.number, "no file name");
    return {name, join_path(folder_, name), read_labels(line, fields, columns, file)};
  }

  static std::vector<Label> read_labels(const TextLine& line, const std::vector<std::string>& fields,
                                        const Columns& columns, const std::string& file) {
    std::vector<std::string> indices, keys;
    if (columns.index) indices = split(fields[*columns.index], ';');
    if (columns.key)
      keys = indices.size() == 1 ? std::vector{fields[*columns.key]} : split(fields[*columns.key], ';');
    if (columns.index && columns.key && indices.size() != keys.size())
      fail_at(file, line.number, fmt::format("{} class indices but {} keys", indices.size(), keys.size()));
    std::vector<Label> labels(std::max(indices.size(), keys.size()));
    for (std::size_t i = 0; i < labels.size(); ++i) {
      if (columns.index) labels[i].index = parse_index(indices[i], file, line.number);
      if (columns.key) labels[i].key = keys[i];
    }
    return labels;
  }

  std::string folder_, table_, column_, key_;
};

}  // namespace

std::unique_ptr<Dataset> make_labels_csv(Params& params) {
  return std::make_unique<LabelsCsv>(params);
}

}  // namespace assay
