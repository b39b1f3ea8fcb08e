#include <fmt/format.h>
#include <torch/cuda.h>

#include <algorithm>
#include <map>
#include <set>

#include "harness/cluster/doctor.h"
#include "harness/cluster/rank_groups.h"
#include "harness/network/hardware.h"
#include "harness/run/placement.h"

namespace assay {
namespace {

struct DeviceFacts {
  int node = 0;
  std::string host;
  std::vector<std::string> devices;  // UUIDs of what LibTorch sees
  std::vector<std::string> gpus;     // names of what the driver sees, in the same order
  std::string processor;             // its name
  std::string driver;                // version
  bool use_gpu = false, share = false;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(DeviceFacts, node, host, devices, gpus, processor, driver,
                                                use_gpu, share)

const std::string kDevices = "devices";

std::vector<std::string> by_rank(const std::vector<DeviceFacts>& ranks, std::string DeviceFacts::*member) {
  std::vector<std::string> values;
  for (const DeviceFacts& facts : ranks) values.push_back(facts.*member);
  return values;
}

/// What ranks say, when they say different things.
std::vector<Finding> unlike(const std::vector<std::string>& values, const std::string& what,
                            const std::string& remedy) {
  const auto groups = groups_of(values);
  if (groups.size() < 2) return {};
  return {{Health::warn, kDevices, what + groups_text(groups), remedy}};
}

/// Nodes with more GPUs than ranks.
std::vector<Finding> idle(const std::vector<DeviceFacts>& ranks) {
  std::map<int, std::set<std::string>> seen;
  std::map<int, std::pair<std::string, std::size_t>> ranks_of;
  for (const DeviceFacts& facts : ranks) {
    seen[facts.node].insert(facts.devices.begin(), facts.devices.end());
    ranks_of[facts.node].first = facts.host;
    ++ranks_of[facts.node].second;
  }
  for (const auto& [node, its] : ranks_of)
    if (seen[node].size() > its.second)
      return {{Health::warn, kDevices,
               fmt::format("{} has {} GPUs for {} of the ranks", its.first, seen[node].size(), its.second),
               "start one rank a GPU (--ntasks-per-node)"}};
  return {};
}

void append(std::vector<Finding>& findings, std::vector<Finding> more) {
  findings.insert(findings.end(), more.begin(), more.end());
}

/// What the GPU that each rank computes on is called.
std::vector<std::string> kinds_of(const std::vector<DeviceFacts>& ranks,
                                  const std::vector<DeviceChoice>& choices) {
  std::vector<std::string> kinds;
  for (std::size_t rank = 0; rank < ranks.size(); ++rank) {
    const auto device = static_cast<std::size_t>(choices[rank].device);
    kinds.push_back(device < ranks[rank].gpus.size() ? ranks[rank].gpus[device] : "a GPU");
  }
  return kinds;
}

std::vector<Finding> judge_gpus(const std::vector<DeviceFacts>& ranks,
                                const std::vector<DeviceChoice>& choices) {
  const std::vector<std::string> kinds = kinds_of(ranks, choices);
  std::vector<Finding> findings;
  append(findings, unlike(kinds, "GPUs of different kinds, whose last bits may differ: ",
                          "ask for one kind (--constraint, --gpus-per-task=TYPE:1)"));
  append(findings, unlike(by_rank(ranks, &DeviceFacts::driver), "drivers of different versions: ",
                          "tell the administrators; until then leave those nodes out (--exclude)"));
  append(findings, idle(ranks));
  if (!findings.empty()) return findings;
  std::set<std::pair<int, std::string>> gpus;
  for (const DeviceFacts& facts : ranks)
    for (const std::string& device : facts.devices) gpus.emplace(facts.node, device);
  const std::string driver = ranks.front().driver.empty() ? "" : ", driver " + ranks.front().driver;
  return {{Health::ok, kDevices,
           fmt::format("{} rank{} on {} GPU{} ({}{})", ranks.size(), ranks.size() == 1 ? "" : "s",
                       gpus.size(), gpus.size() == 1 ? "" : "s", kinds.front(), driver)}};
}

std::vector<Finding> judge_processors(const std::vector<DeviceFacts>& ranks) {
  for (std::size_t rank = 0; rank < ranks.size(); ++rank)
    if (!ranks[rank].gpus.empty() && ranks[rank].devices.empty())
      return {{Health::warn, kDevices,
               fmt::format("the driver of {} has {} GPUs, but LibTorch sees none", ranks[rank].host,
                           ranks[rank].gpus.size()),
               "build with a LibTorch that was made for CUDA, or ask for no GPUs"}};
  auto findings = unlike(
      by_rank(ranks, &DeviceFacts::processor),
      "processors of different kinds, whose last bits may differ: ", "ask for one kind (--constraint)");
  if (findings.empty()) findings = {{Health::ok, kDevices, "the CPU (" + ranks.front().processor + ")"}};
  return findings;
}

}  // namespace

Json look_at_devices(const Patient& patient) {
  const RankView view = view_here(patient.node());
  std::vector<std::string> names;
  for (const Gpu& gpu : visible_gpus()) names.push_back(gpu.name);
  const bool use_gpu = patient.plan ? patient.plan->device == "cuda" : !view.devices.empty();
  return DeviceFacts{.node = view.node,
                     .host = view.host,
                     .devices = view.devices,
                     .gpus = std::move(names),
                     .processor = processor_name(),
                     .driver = gpu_driver_version(),
                     .use_gpu = use_gpu,
                     .share = patient.plan && patient.plan->share_devices};
}

std::vector<Finding> judge_devices(const std::vector<Json>& all) {
  const auto ranks = facts_as<DeviceFacts>(all);
  std::vector<RankView> views;
  for (const DeviceFacts& facts : ranks)
    views.push_back({.node = facts.node, .host = facts.host, .devices = facts.devices, .gpu = facts.use_gpu});
  std::vector<Finding> findings;
  const std::vector<DeviceChoice> choices = choose_devices(views, ranks.front().share);
  for (const DeviceChoice& choice : choices)
    if (!choice.problem.empty()) findings.push_back(finding_of(Health::fail, kDevices, choice.problem));
  if (!findings.empty()) return findings;
  return ranks.front().use_gpu ? judge_gpus(ranks, choices) : judge_processors(ranks);
}

}  // namespace assay
