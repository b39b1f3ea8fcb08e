#include "harness/run/showcase.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace assay {
namespace {

using Exhibits = std::vector<Exhibit>;

bool is_pair(const PlannedExplanation& planned) {
  return planned.settings.contains("parts");
}

/// Explanations that pairs are made of.
std::set<std::string> part_ids(const Roster& roster, const Exhibits& pairs) {
  std::set<std::string> ids;
  for (const Exhibit& pair : pairs)
    for (const Json& part : roster.explanations[pair.explanation].settings.at("parts"))
      ids.insert(part.at("id").get<std::string>());
  return ids;
}

/// What an explanation is made with: the method, and what it wraps.
std::pair<std::string, Json> maker_of(const PlannedExplanation& planned) {
  return {planned.method, planned.settings.value("of", Json())};
}

/// The group of the exhibit's method; a new one at the end where it is the first.
Exhibits& group_of(const Roster& roster, const PlannedExplanation& planned, std::vector<Exhibits>& groups) {
  const auto same = [&](const Exhibits& group) {
    return maker_of(roster.explanations[group.front().explanation]) == maker_of(planned);
  };
  const auto found = std::ranges::find_if(groups, same);
  return found == groups.end() ? groups.emplace_back() : *found;
}

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

void name_differences(const Roster& roster, Exhibits& group) {
  for (Exhibit& one : group)
    for (const auto& [key, value] : roster.explanations[one.explanation].settings.items()) {
      const auto differs = [&](const Exhibit& other) {
        return roster.explanations[other.explanation].settings.value(key, Json()) != value;
      };
      if (std::ranges::any_of(group, differs))
        one.settings += fmt::format("{}{} {}", one.settings.empty() ? "" : ", ", key, text_of(value));
    }
}

}  // namespace

std::vector<int> Showcase::explanations() const {
  std::set<int> all;
  for (const Exhibit& one : methods) all.insert(one.explanation);
  for (const Exhibit& one : pairs) all.insert(one.explanation);
  for (const Exhibits& group : parameters)
    for (const Exhibit& one : group) all.insert(one.explanation);
  return {all.begin(), all.end()};
}

Showcase showcase_of(const Roster& roster, const std::string& protocol) {
  Showcase made;
  std::vector<Exhibits> groups;  // by method
  std::set<std::string> names;
  for (const PlannedRow& row : roster.rows) {
    const PlannedCell& cell = roster.cells[row.cell];
    if (row.protocol != protocol || roster.metrics[cell.metric].name != "confidence-gain") continue;
    const MaskRule rule = mask_rule_of(cell.settings);
    if (std::ranges::find(made.rules, rule) == made.rules.end()) made.rules.push_back(rule);
    if (!names.insert(row.name).second) continue;
    const PlannedExplanation& planned = roster.explanations[cell.explanation];
    Exhibits& place = is_pair(planned) ? made.pairs : group_of(roster, planned, groups);
    place.push_back({row.name, cell.explanation, ""});
  }
  const std::set<std::string> parts = part_ids(roster, made.pairs);
  const auto in_pair = [&](const Exhibit& one) {
    return parts.contains(roster.explanations[one.explanation].id);
  };
  for (Exhibits& group : groups) {
    const auto chosen = std::ranges::find_if(group, in_pair);
    made.methods.push_back(chosen == group.end() ? group.front() : *chosen);
    if (group.size() == 1) continue;
    name_differences(roster, group);
    made.parameters.push_back(group);
  }
  return made;
}

}  // namespace assay
