#include "harness/report/common_samples.h"

#include <algorithm>
#include <unordered_map>

namespace assay {
namespace {

using SamplePlaces = std::unordered_map<std::string, std::size_t>;

SamplePlaces places_in(const ExperimentInfo& experiment) {
  SamplePlaces places;
  for (std::size_t i = 0; i < experiment.samples.size(); ++i) places.emplace(experiment.samples[i], i);
  return places;
}

/// The samples of a dataset that are in its first experiment of both.
std::vector<std::string> common_samples(const ExperimentInfo& a, const ExperimentInfo& b) {
  const SamplePlaces in_b = places_in(b);
  std::vector<std::string> common;
  for (const std::string& sample : a.samples)
    if (in_b.contains(sample)) common.push_back(sample);
  return common;
}

template <class T>
std::vector<T> chosen(const std::vector<T>& all, const std::vector<std::size_t>& places) {
  std::vector<T> few;
  for (const std::size_t place : places) few.push_back(all.at(place));
  return few;
}

void keep_samples(const std::string& dataset, const std::vector<std::string>& samples, Observed& observed) {
  Layout& layout = observed.layout;
  for (std::size_t e = 0; e < layout.experiments.size(); ++e) {
    if (layout.experiments[e].dataset != dataset) continue;
    const SamplePlaces known = places_in(layout.experiments[e]);
    std::vector<std::size_t> places;
    for (const std::string& sample : samples) places.push_back(known.at(sample));
    layout.experiments[e].samples = samples;
    observed.samples[e] = chosen(observed.samples[e], places);
    for (std::size_t c = 0; c < layout.cells.size(); ++c) {
      const ExplanationInfo& explanation =
          layout.explanations.at(static_cast<std::size_t>(layout.cells[c].explanation));
      if (explanation.experiment == static_cast<int>(e))
        observed.records[c] = chosen(observed.records[c], places);
    }
  }
}

}  // namespace

void keep_common_samples(Observed& a, Observed& b) {
  std::unordered_map<std::string, std::vector<std::string>> by_dataset;
  for (const ExperimentInfo& mine : a.layout.experiments) {
    const auto its = std::ranges::find(b.layout.experiments, mine.dataset, &ExperimentInfo::dataset);
    if (its != b.layout.experiments.end()) by_dataset.try_emplace(mine.dataset, common_samples(mine, *its));
  }
  for (const auto& [dataset, samples] : by_dataset)
    for (Observed* observed : {&a, &b}) keep_samples(dataset, samples, *observed);
}

}  // namespace assay
