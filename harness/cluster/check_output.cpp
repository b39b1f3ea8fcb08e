#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <thread>

#include "harness/cluster/doctor.h"
#include "harness/cluster/rank_groups.h"
#include "harness/store/folder_probe.h"

namespace assay {
namespace {

struct OutputFacts {
  std::string folder;             // empty: no configuration
  bool probed = false;            // by the first rank of each node
  bool slow = false;              // writing takes longer than kProbePatience
  bool hangs = false;             // while a file was locked
  std::string write, lock, hdf5;  // FolderProbe
  bool sees_marker = true;        // the file that rank 0 wrote
  bool wants_locks = false;       // HDF5_USE_FILE_LOCKING asks for them
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(OutputFacts, folder, probed, slow, hangs, write, lock, hdf5,
                                                sees_marker, wants_locks)

const std::string kOutput = "output";
constexpr std::chrono::seconds kProbePatience{3};

/// On a thread of its own, which is left behind when it hangs.
void probe_into(OutputFacts& facts) {
  const auto stage = std::make_shared<std::atomic<ProbeStage>>(ProbeStage::writing);
  std::packaged_task<FolderProbe()> task(
      [folder = facts.folder, stage] { return probe_folder(folder, *stage); });
  std::future<FolderProbe> result = task.get_future();
  std::thread(std::move(task)).detach();
  facts.probed = true;
  if (result.wait_for(kProbePatience) != std::future_status::ready) {
    facts.hangs = stage->load() == ProbeStage::locking;
    facts.slow = !facts.hangs;
    return;
  }
  const FolderProbe probe = result.get();
  facts.write = probe.write;
  facts.lock = probe.lock;
  facts.hdf5 = probe.hdf5;
}

bool locks_asked_for() {
  const char* text = std::getenv("HDF5_USE_FILE_LOCKING");
  const std::string word = text ? text : "";
  return word == "TRUE" || word == "1";
}

/// One finding for all ranks that say the same; `what` of a rank is empty when all is well.
std::vector<Finding> each(const std::vector<OutputFacts>& ranks, Health health, const auto& what,
                          const std::string& remedy) {
  std::vector<std::string> texts;
  for (const OutputFacts& facts : ranks) texts.push_back(what(facts));
  std::vector<Finding> findings;
  for (const RankGroup& group : groups_of(texts)) {
    if (group.value.empty()) continue;
    const std::string who = ranks.size() > 1 ? ranks_text(group.ranks) + ": " : "";
    findings.push_back(
        {health, kOutput, fmt::format("{}: {}{}", ranks.front().folder, who, group.value), remedy});
  }
  return findings;
}

std::vector<Finding> judge_locks(const std::vector<OutputFacts>& ranks) {
  const auto problem = [](const OutputFacts& f) {
    return f.hangs          ? std::string("locking a file takes for ever")
           : f.lock.empty() ? ""
                            : "no locks: " + f.lock;
  };
  if (ranks.front().wants_locks)
    return each(ranks, Health::fail, problem, "unset HDF5_USE_FILE_LOCKING, which asks for them");
  return each(ranks, Health::warn, problem,
              "assay needs none; for h5py there: export HDF5_USE_FILE_LOCKING=FALSE");
}

}  // namespace

Json look_at_output(const Patient& patient) {
  if (patient.folder.empty()) return nullptr;
  OutputFacts facts;
  facts.folder = patient.folder;
  facts.wants_locks = locks_asked_for();
  std::error_code ignored;
  facts.sees_marker = patient.marker.empty() || std::filesystem::exists(patient.marker, ignored);
  if (patient.rank() == patient.node()) probe_into(facts);
  return facts;
}

std::vector<Finding> judge_output(const std::vector<Json>& all) {
  const auto ranks = facts_as<OutputFacts>(all);
  const std::string& folder = ranks.front().folder;
  if (folder.empty()) return {};
  auto findings = each(
      ranks, Health::fail,
      [](const OutputFacts& f) {
        return std::string(f.sees_marker ? "" : "does not see what rank 0 writes");
      },
      "choose an --output on a file system that all nodes share");
  if (!findings.empty()) return findings;
  findings = each(
      ranks, Health::fail,
      [](const OutputFacts& f) { return f.write.empty() ? "" : "cannot be written: " + f.write; },
      "make it writable, or choose another --output");
  if (!findings.empty()) return findings;
  findings = each(
      ranks, Health::fail,
      [](const OutputFacts& f) {
        return f.slow ? fmt::format("writing takes longer than {} s", kProbePatience.count()) : "";
      },
      "choose another --output, or tell the administrators");
  if (!findings.empty()) return findings;
  findings = each(
      ranks, Health::fail, [](const OutputFacts& f) { return f.hdf5; }, "choose another --output");
  if (!findings.empty()) return findings;
  findings = judge_locks(ranks);
  if (!findings.empty()) return findings;
  return {{Health::ok, kOutput, folder + ": HDF5 writes and reads there, files can be locked"}};
}

}  // namespace assay
