#include <fmt/format.h>

#include <algorithm>

#include "harness/cluster/doctor.h"
#include "harness/cluster/rank_groups.h"

namespace assay {
namespace {

struct ConfigurationFacts {
  std::string plan;     // what it asks for; empty without a configuration
  std::string mistake;  // empty: none
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(ConfigurationFacts, plan, mistake)

}  // namespace

Json look_at_configuration(const Patient& patient) {
  ConfigurationFacts facts{.plan = "", .mistake = patient.mistake};
  if (patient.plan) {
    std::size_t records = 0;
    for (const Experiment& experiment : patient.plan->experiments)
      records += experiment.samples.size() * experiment.roster->cells.size();
    facts.plan = fmt::format("{}: {} experiments, {} records", patient.plan->name,
                             patient.plan->experiments.size(), records);
  }
  return facts;
}

std::vector<Finding> judge_configuration(const std::vector<Json>& all) {
  std::vector<std::string> mistakes, plans;
  for (const ConfigurationFacts& facts : facts_as<ConfigurationFacts>(all)) {
    mistakes.push_back(facts.mistake);
    plans.push_back(facts.plan);
  }
  std::vector<Finding> findings;
  for (const RankGroup& group : groups_of(mistakes)) {
    if (group.value.empty()) continue;
    const bool everywhere = group.ranks.size() == all.size();
    Finding finding = finding_of(Health::fail, "configuration", group.value);
    if (!everywhere) finding.found = fmt::format("{}: {}", ranks_text(group.ranks), finding.found);
    findings.push_back(std::move(finding));
  }
  if (!findings.empty() || plans.front().empty()) return findings;
  const std::vector<RankGroup> same = groups_of(plans);
  if (same.size() > 1)
    return {{Health::warn, "configuration", "ranks read it differently: " + groups_text(same),
             "keep configuration and lists of images on a file system that all nodes share"}};
  return {{Health::ok, "configuration", plans.front()}};
}

}  // namespace assay
