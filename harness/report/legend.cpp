#include <fmt/format.h>

#include <map>

#include "harness/report/add_once.h"
#include "harness/report/numbers.h"
#include "harness/report/table1.h"

namespace assay {
namespace {

std::string bases_of(const GainTable& table, const std::string& protocol) {
  std::vector<std::string> words;
  for (const GainCell& cell : table.cells)
    if (cell.protocol == protocol && cell.base != cell.base_text)
      add_once(words, cell.base + " = " + cell.base_text);
  std::string text;
  for (const std::string& word : words) text += "; " + word;
  return text;
}

/// What the columns of kOnObject mean, and what a blind mask would have there.
std::vector<std::string> mask_notes(const GainTable& table) {
  std::map<std::string, RegionShare> shares;  // of an experiment's cell with most images
  for (const GainCell& cell : table.cells)
    if (cell.mask && cell.mask->images > shares[full_name(cell)].images) shares[full_name(cell)] = *cell.mask;
  std::string blind;
  for (const auto& [experiment, share] : shares)
    if (share.images > 0) blind += fmt::format("; a blind mask: {}, {}", times_100(share.area), experiment);
  if (blind.empty()) return {};
  return {
      fmt::format("{}: mean share of the first mask that lies on the object of the explained class (images "
                  "with one){}",
                  kOnObject, blind)};
}

std::string plain(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace

Table legend(const GainTable& table, const ReportOptions& options) {
  Table notes;
  notes.notes.push_back(fmt::format(
      "x100; (images kept) [published]; * best of its column, = not told from it (paired Wilcoxon, "
      "Holm, {} level), ? suspect",
      percent(1 - options.level)));
  if (table.precision != "float32")
    notes.notes.push_back(fmt::format("predictions in {}: to explore, not to report", table.precision));
  for (const std::string& text : mask_notes(table)) notes.notes.push_back(text);
  for (const ScoredProtocol& protocol : table.protocols) {
    std::string text = protocol.name + ":";
    for (const auto& [key, value] : protocol.settings.items())
      text += fmt::format(" {}={}", key, plain(value));
    notes.notes.push_back(text + bases_of(table, protocol.name));
  }
  if (!options.scores.empty()) {
    std::string text = "what if: scored with";
    for (const auto& [key, value] : options.scores.items()) text += fmt::format(" {}={}", key, plain(value));
    notes.notes.push_back(text + " instead of the protocols' own");
  }
  return notes;
}

}  // namespace assay
