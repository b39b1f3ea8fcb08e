#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "harness/cluster/doctor.h"
#include "harness/cluster/handful.h"
#include "harness/cluster/rank_groups.h"
#include "harness/core/stopwatch.h"
#include "harness/data/decode.h"
#include "harness/network/tensor.h"

namespace assay {
namespace {

struct DatasetFacts {
  std::string name;
  int samples = 0;
  int looked = 0, missing = 0;  // files
  std::string first_missing;
  int decoded = 0, broken = 0;  // samples
  std::string first_broken;     // and why
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(DatasetFacts, name, samples, looked, missing, first_missing,
                                                decoded, broken, first_broken)

struct ImageFacts {
  std::vector<DatasetFacts> datasets;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(ImageFacts, datasets)

const std::string kImages = "images";
constexpr double kSecondsToLook = 1.5;  // at all datasets
constexpr std::size_t kFilesOfFirst = 200, kFilesOfOthers = 20, kDecodes = 3;

/// At one file at least, then until the time is up.
void look_for_files(const Experiment& experiment, std::size_t count, double seconds, DatasetFacts& facts) {
  const Stopwatch watch;
  for (const std::size_t place : spread_over(experiment.samples.size(), count))
    for (const std::string& file : files_of(experiment.samples[place])) {
      if (facts.looked > 0 && watch.seconds() > seconds) return;
      ++facts.looked;
      std::error_code ignored;
      if (std::filesystem::is_regular_file(file, ignored)) continue;
      if (facts.missing++ == 0) facts.first_missing = file;
    }
}

void decode_some(const Experiment& experiment, DatasetFacts& facts) {
  for (const std::size_t place : spread_over(experiment.samples.size(), kDecodes)) {
    const Sample& sample = experiment.samples[place];
    if (files_of(sample).empty()) continue;
    const Decoded image = try_decode(sample, experiment.network.preprocess());
    if (image.pixels.defined())
      ++facts.decoded;
    else if (facts.broken++ == 0)
      facts.first_broken = image.reason;
  }
}

std::string problem_in(const DatasetFacts& facts) {
  std::string text;
  if (facts.missing > 0)
    text = fmt::format("{} of {} files are missing, the first {}", facts.missing, facts.looked,
                       facts.first_missing);
  else if (facts.broken > 0)
    text = fmt::format("{} of {} images cannot be decoded, the first: {}", facts.broken,
                       facts.broken + facts.decoded, facts.first_broken);
  return text;
}

bool is_useless(const DatasetFacts& facts) {
  return (facts.looked > 0 && facts.missing == facts.looked) || (facts.broken > 0 && facts.decoded == 0);
}

/// One dataset as every rank sees it.
std::vector<Finding> judge_dataset(const std::vector<DatasetFacts>& ranks) {
  std::vector<std::string> problems;
  for (const DatasetFacts& facts : ranks) problems.push_back(problem_in(facts));
  std::vector<Finding> findings;
  for (const RankGroup& group : groups_of(problems)) {
    if (group.value.empty()) continue;
    const auto useless = [&](int rank) { return is_useless(ranks[static_cast<std::size_t>(rank)]); };
    const std::string who = ranks.size() > 1 ? ranks_text(group.ranks) + ": " : "";
    findings.push_back({std::ranges::any_of(group.ranks, useless) ? Health::fail : Health::warn, kImages,
                        fmt::format("{}: {}{}", ranks.front().name, who, group.value),
                        "copy what is missing to where every node sees it, and see 'assay plan --samples'"});
  }
  if (!findings.empty()) return findings;
  const DatasetFacts& first = ranks.front();
  return {{Health::ok, kImages,
           first.looked == 0 ? fmt::format("{}: {} samples without files", first.name, first.samples)
                             : fmt::format("{}: {} samples; {} files looked for and there, {} images decoded",
                                           first.name, first.samples, first.looked, first.decoded)}};
}

}  // namespace

Json look_at_images(const Patient& patient) {
  if (!patient.plan) return nullptr;
  ImageFacts facts;
  const auto experiments = first_of_each(*patient.plan, &Experiment::dataset);
  const double seconds = kSecondsToLook / static_cast<double>(experiments.size());
  for (const Experiment* experiment : experiments) {
    DatasetFacts its;
    its.name = experiment->dataset;
    its.samples = static_cast<int>(experiment->samples.size());
    look_for_files(*experiment, patient.rank() == 0 ? kFilesOfFirst : kFilesOfOthers, seconds, its);
    if (its.missing == 0 && patient.rank() == patient.node()) decode_some(*experiment, its);
    facts.datasets.push_back(std::move(its));
  }
  return facts;
}

std::vector<Finding> judge_images(const std::vector<Json>& all) {
  const auto ranks = facts_as<ImageFacts>(all);
  std::vector<Finding> findings;
  for (const DatasetFacts& dataset : ranks.front().datasets) {
    std::vector<DatasetFacts> of_ranks;
    for (const ImageFacts& facts : ranks) {
      const auto same = std::ranges::find(facts.datasets, dataset.name, &DatasetFacts::name);
      of_ranks.push_back(same == facts.datasets.end() ? DatasetFacts{} : *same);
    }
    for (Finding& finding : judge_dataset(of_ranks)) findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace assay
