#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "harness/cluster/doctor.h"
#include "harness/cluster/handful.h"
#include "harness/cluster/sidecar.h"
#include "harness/core/first_line.h"
#include "harness/core/stopwatch.h"
#include "harness/data/decode.h"
#include "harness/network/tensor.h"
#include "harness/run/device.h"

namespace assay {
namespace {

struct NetworkFacts {
  std::string network, dataset;
  std::string problem;          // why it could not predict; empty: it could
  int labelled = 0, right = 0;  // images, and those whose top-1 is a label
  std::string sidecar;          // file of predictions; empty: none
  int compared = 0, agreed = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(NetworkFacts, network, dataset, problem, labelled, right,
                                                sidecar, compared, agreed)

struct AllNetworkFacts {
  std::vector<NetworkFacts> networks;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(AllNetworkFacts, networks)

constexpr std::size_t kHandful = 16, kAtOnce = 4;
constexpr double kSecondsToPredict = 4;  // of all networks
constexpr int kEnoughLabels = 8;         // that none is right by accident is then unlikely
constexpr double kNearlyAll = 0.8;       // of the predictions: near ties may fall either way elsewhere

/// The resolved entry of a network.
Json entry_of(const Plan& plan, const std::string& network) {
  for (const Json& entry : plan.config.at("networks"))
    if (entry.at("name") == network) return entry;
  return Json::object();
}

/// Whether it sees images as its file says, so that predictions of before are to be expected again.
bool is_as_published(const Json& entry) {
  return entry.value("image", "model") == "model" && entry.value("mean", "model") == "model" &&
         entry.value("input", 0) == 0 && entry.value("heads", "none") == "none";
}

std::optional<SidecarPredictions> predictions_for(const Plan& plan, const Experiment& experiment) {
  const Json entry = entry_of(plan, experiment.network_name);
  const std::filesystem::path image = experiment.samples.front().path;
  if (!is_as_published(entry) || image.empty()) return {};
  const std::string path = entry.value("path", "");
  return sidecar_of(
      path, image.parent_path().string(),
      {experiment.network.name(), std::filesystem::path(path).filename().string(), experiment.network_name});
}

/// A mosaic may be taken for any of its images.
std::vector<std::int64_t> right_answers(const Sample& sample, const Network& network) {
  return sample.mosaic ? classes_of(sample, network) : targets_of(sample, network);
}

class Examination {
 public:
  Examination(const Plan& plan, const Experiment& experiment, NetworkFacts& facts)
      : experiment_(experiment),
        device_(device_of(plan, 0)),
        network_(experiment.network.to(device_)),
        sidecar_(predictions_for(plan, experiment)),
        facts_(facts) {
    if (sidecar_) facts_.sidecar = sidecar_->file;
  }

  /// So many images at a time, until the time is up.
  void run(double seconds) {
    const Stopwatch watch;
    const std::vector<std::size_t> places = spread_over(experiment_.samples.size(), kHandful);
    for (std::size_t i = 0; i < places.size() && watch.seconds() < seconds; i += kAtOnce)
      predict({places.begin() + static_cast<std::ptrdiff_t>(i),
               places.begin() + static_cast<std::ptrdiff_t>(std::min(i + kAtOnce, places.size()))});
  }

 private:
  void predict(const std::vector<std::size_t>& places) {
    std::vector<Tensor> pixels;
    std::vector<const Sample*> samples;
    for (const std::size_t place : places) {
      const Decoded image = try_decode(experiment_.samples[place], network_.preprocess());
      if (!image.pixels.defined()) continue;
      pixels.push_back(image.pixels);
      samples.push_back(&experiment_.samples[place]);
    }
    if (pixels.empty()) return;
    const Tensor logits = network_.forward(network_.normalise(at::stack(pixels).to(device_)));
    const Tensor best = logits.argmax(1).to(at::kCPU);
    for (std::size_t i = 0; i < samples.size(); ++i)
      note(*samples[i], best[static_cast<std::int64_t>(i)].item<std::int64_t>());
  }

  void note(const Sample& sample, std::int64_t winner) {
    if (has_target(sample, experiment_.network)) {
      const std::vector<std::int64_t> answers = right_answers(sample, experiment_.network);
      ++facts_.labelled;
      facts_.right += std::ranges::find(answers, winner) != answers.end();
    }
    if (!sidecar_) return;
    const auto known = sidecar_->top1.find(std::filesystem::path(sample.path).filename().string());
    if (known == sidecar_->top1.end()) return;
    ++facts_.compared;
    facts_.agreed += known->second == winner;
  }

  const Experiment& experiment_;
  at::Device device_;
  Network network_;  // on the device
  std::optional<SidecarPredictions> sidecar_;
  NetworkFacts& facts_;
};

Finding judge_network(const NetworkFacts& facts) {
  const std::string what = fmt::format("network {}", facts.network);
  const std::string remedy =
      "look at its preprocessing and the order of its classes (assay network PATH --images ...)";
  if (!facts.problem.empty())
    return {Health::fail, what, "cannot predict: " + facts.problem,
            "try it alone: assay network PATH --images ..."};
  if (facts.compared > 0) {
    const std::string found =
        fmt::format("top-1 of {} of {} images as in {}", facts.agreed, facts.compared, facts.sidecar);
    if (facts.agreed == facts.compared) return {Health::ok, what, found};
    return {facts.agreed < kNearlyAll * facts.compared ? Health::fail : Health::warn, what, found, remedy};
  }
  const std::string found = facts.labelled == 0 ? fmt::format("predicts; no labels in {}", facts.dataset)
                                                : fmt::format("{} of {} labelled images of {} are right",
                                                              facts.right, facts.labelled, facts.dataset);
  if (facts.labelled >= kEnoughLabels && facts.right == 0) return {Health::warn, what, found, remedy};
  return {Health::ok, what, found};
}

}  // namespace

Json look_at_networks(const Patient& patient) {
  if (patient.rank() != 0 || !patient.plan) return nullptr;
  AllNetworkFacts all;
  const auto experiments = first_of_each(*patient.plan, &Experiment::network_name);
  for (const Experiment* experiment : experiments) {
    NetworkFacts& facts = all.networks.emplace_back();
    facts.network = experiment->network_name;
    facts.dataset = experiment->dataset;
    try {
      Examination(*patient.plan, *experiment, facts)
          .run(kSecondsToPredict / static_cast<double>(experiments.size()));
    } catch (const std::exception& error) {
      facts.problem = first_line(error.what());
    }
  }
  return all;
}

std::vector<Finding> judge_networks(const std::vector<Json>& all) {
  std::vector<Finding> findings;
  const AllNetworkFacts networks = facts_as<AllNetworkFacts>(all).front();
  for (const NetworkFacts& facts : networks.networks) findings.push_back(judge_network(facts));
  return findings;
}

}  // namespace assay
