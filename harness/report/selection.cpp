#include "harness/report/selection.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "metrics/confidence_gain_scores.h"
#include "metrics/scores.h"

namespace assay {
namespace {

constexpr const char* kGain = "confidence-gain";

bool is_held(const Layout& layout, const std::string& metric) {
  return std::ranges::any_of(layout.rows, [&](const RowInfo& row) {
    return layout.cells.at(static_cast<std::size_t>(row.cell)).metric == metric;
  });
}

std::vector<std::string> score_names(const Entry<Scoring>& entry) {
  Params params;
  std::vector<std::string> names;
  for (const ScoreInfo& score : entry.make(params)->scores()) names.push_back(score.name);
  return names;
}

std::string folded(std::string name) {
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name;
}

Selection held_by(const Layout& layout) {
  Selection held;
  for (const Entry<Scoring>& entry : scorings())
    if (is_held(layout, entry.name)) held.scores.push_back({entry.name, score_names(entry)});
  if (!is_held(layout, kGain) && !held.scores.empty()) return held;
  held.gain = {"SCG", "CCG"};
  std::erase_if(held.scores, [](const SelectedMetric& one) { return one.metric == "region-overlap"; });
  return held;
}

/// Takes the name of a metric or of one of its scores out of `asked`.
bool take(std::set<std::string>& asked, const std::string& name) {
  return asked.erase(folded(name)) > 0;
}

/// The scores of a metric that are asked for by their own names or by its.
std::vector<std::string> taken(std::set<std::string>& asked, const std::string& metric,
                               const std::vector<std::string>& scores) {
  const bool all = take(asked, metric);
  std::vector<std::string> names;
  for (const std::string& score : scores)
    if (take(asked, score) || all) names.push_back(score);
  return names;
}

void refuse_unknown(const std::string& name) {
  std::vector<std::string> known{"SCG", "CCG", kGain};
  for (const Entry<Scoring>& entry : scorings()) {
    known.push_back(entry.name);
    for (const std::string& score : score_names(entry)) known.push_back(score);
  }
  throw ConfigError("unknown metric '" + name + "'; known: " + nearest_names(name, known, 32));
}

std::vector<std::string> scoring_keys(const std::string& metric) {
  Params params = Params::describing();
  if (metric == kGain) read_gain_protocol(params);
  for (const Entry<Scoring>& entry : scorings())
    if (entry.name == metric) entry.make(params);
  std::vector<std::string> keys;
  for (const ParamDoc& doc : params.docs()) keys.push_back(doc.key);
  return keys;
}

bool knows(const std::string& metric, const std::string& key) {
  const std::vector<std::string> keys = scoring_keys(metric);
  return std::ranges::find(keys, key) != keys.end();
}

}  // namespace

Selection selection_of(const Layout& layout, const std::vector<std::string>& names) {
  if (names.empty()) return held_by(layout);
  std::set<std::string> asked;
  for (const std::string& name : names) asked.insert(folded(name));
  Selection selection;
  selection.gain = taken(asked, kGain, {"SCG", "CCG"});
  for (const Entry<Scoring>& entry : scorings())
    if (const auto scores = taken(asked, entry.name, score_names(entry)); !scores.empty())
      selection.scores.push_back({entry.name, scores});
  for (const std::string& name : names)
    if (asked.contains(folded(name))) refuse_unknown(name);
  return selection;
}

Json scoring_settings(const Json& config, const std::string& protocol, const std::string& metric) {
  const auto protocols = config.find("protocols");
  if (protocols == config.end()) return Json::object();
  for (const Json& entry : *protocols)
    if (entry.is_object() && entry.value("name", Json()) == protocol)
      return entry.value(Json::json_pointer("/scores/" + metric), Json::object());
  return Json::object();
}

Json overrides_for(const std::string& metric, const Selection& shown, const Json& overrides) {
  std::vector<std::string> others;
  if (!shown.gain.empty() && metric != kGain) others.push_back(kGain);
  for (const SelectedMetric& one : shown.scores)
    if (one.metric != metric) others.push_back(one.metric);
  Json its = Json::object();
  for (const auto& [key, value] : overrides.items()) {
    const bool elsewhere =
        std::ranges::any_of(others, [&](const std::string& other) { return knows(other, key); });
    if (!elsewhere || knows(metric, key)) its[key] = value;
  }
  return its;
}

}  // namespace assay
