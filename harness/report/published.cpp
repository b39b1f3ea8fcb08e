#include "harness/report/published.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "harness/core/error.h"

namespace assay {
namespace {

using Fields = std::vector<std::string>;

Fields split(const std::string& line) {
  Fields fields(1);
  for (const char c : line) {
    if (c == ',')
      fields.emplace_back();
    else
      fields.back() += c;
  }
  return fields;
}

/// A comma separated file without quotes, read line by line.
class CsvFile {
 public:
  CsvFile(const std::string& file, const std::string& header) : file_(file), stream_(file) {
    if (!stream_) throw DataError(file + ": cannot be read");
    columns_ = split(header).size();
    if (!next_line() || line_ != header) fail("expected the header " + header);
  }

  /// The fields of the next line; false at the end.
  bool next(Fields& fields) {
    if (!next_line()) return false;
    fields = split(line_);
    if (fields.size() != columns_) fail(fmt::format("expected {} fields, got {}", columns_, fields.size()));
    return true;
  }

  double number(const std::string& text) const {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) fail("not a number: '" + text + "'");
    return value;
  }

  std::optional<double> maybe(const std::string& text) const {
    return text.empty() ? std::nullopt : std::optional(number(text));
  }

 private:
  bool next_line() {
    while (std::getline(stream_, line_)) {
      ++number_;
      if (line_.ends_with('\r')) line_.pop_back();
      if (!line_.empty() && line_.front() != '#') return true;
    }
    return false;
  }

  [[noreturn]] void fail(const std::string& message) const {
    throw DataError(fmt::format("{}:{}: {}", file_, number_, message));
  }

  std::string file_, line_;
  std::ifstream stream_;
  std::size_t columns_ = 0;
  int number_ = 0;
};

}  // namespace

std::optional<double> Published::find(const PublishedValue& where) const {
  for (const PublishedValue& known : values)
    if (known.method == where.method && std::abs(known.rho - where.rho) < 1e-9 &&
        known.metric == where.metric && known.dataset == where.dataset && known.base == where.base)
      return known.value;
  return std::nullopt;
}

Published read_published(const std::string& folder) {
  const std::string from = folder.empty() ? ASSAY_PUBLISHED : folder;
  Published published;
  if (folder.empty() && !std::filesystem::is_directory(from)) return published;
  Fields f;
  CsvFile table(from + "/scg-ccg-table1.csv", "method,rho,metric,dataset,base,value");
  while (table.next(f))
    published.values.push_back({f[0], table.number(f[1]), f[2], f[3], f[4], table.number(f[5])});
  CsvFile figures(from + "/scg-ccg-side-figures.csv", "figure,rho,dataset,relation,value,of");
  while (figures.next(f))
    published.figures.push_back(
        {f[0], figures.maybe(f[1]), f[2], f[3], figures.number(f[4]), figures.maybe(f[5])});
  return published;
}

}  // namespace assay
