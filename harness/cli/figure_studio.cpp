#include "harness/cli/figure_studio.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <set>

#include "harness/core/error.h"
#include "harness/core/first_line.h"
#include "harness/data/decode.h"
#include "harness/figures/panel.h"
#include "harness/network/tensor.h"
#include "harness/run/device.h"

namespace assay {
namespace {

std::vector<std::string> image_words(const std::vector<Sample>& samples) {
  std::vector<std::string> names;
  for (const Sample& sample : samples)
    names.push_back(std::filesystem::path(sample.name).replace_extension().string());
  return file_words(std::move(names));
}

/// Adds a line that is not there yet: configurations that share a map fail together.
void fail(const std::string& line, FigureOutcome& outcome) {
  if (std::ranges::find(outcome.failures, line) == outcome.failures.end()) outcome.failures.push_back(line);
}

}  // namespace

std::vector<std::string> file_words(std::vector<std::string> names) {
  const auto odd = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.' && c != '_' && c != '-';
  };
  std::set<std::string> taken;
  for (std::string& name : names) {
    std::ranges::replace_if(name, odd, '-');
    const std::string word = name;
    for (int i = 2; !taken.insert(name).second; ++i) name = fmt::format("{}-{}", word, i);
  }
  return names;
}

std::vector<Shown> shown_of(const Config& config, const Plan& plan, const Experiment& experiment) {
  std::vector<std::string> names;
  for (const Protocol& protocol : plan.protocols) names.push_back(protocol.name);
  const std::vector<std::string> words = file_words(names);
  std::vector<Shown> all;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!plan.protocols[i].computed) continue;
    all.push_back({&plan.protocols[i], words[i], showcase_of(*experiment.roster, names[i])});
    if (all.back().showcase.rules.empty())
      config.fail("/metrics",
                  fmt::format("protocol '{}' has no confidence-gain, whose masks are shown", names[i]));
  }
  return all;
}

FigureStudio::FigureStudio(const Plan& plan, const Experiment& experiment, std::vector<Shown> shown,
                           std::string folder)
    : plan_(plan),
      experiment_(experiment),
      shown_(std::move(shown)),
      folder_(std::move(folder)),
      words_(image_words(experiment.samples)),
      network_(experiment.network),
      device_(device_of(plan, 0)) {
  network_ = network_.to(device_);
}

void FigureStudio::draw(std::size_t index, Progress& progress, FigureOutcome& outcome) const {
  const Sample& sample = experiment_.samples[index];
  const Decoded decoded = try_decode(sample, network_.preprocess());
  if (!decoded.pixels.defined()) return fail(decoded.reason, outcome);
  Subject subject(network_, decoded.pixels.unsqueeze(0), {picture_of(sample)}, plan_.seed,
                  numerics_of(plan_, experiment_, device_));
  subject.know_classes(0, classes_of(sample, network_));
  Truth truth;
  add_truth(sample, decoded, network_, 0, truth);
  ExplainedImage image(subject, experiment_, index, truth);
  for (const Shown& shown : shown_) {
    try {
      draw(image, shown, words_[index], outcome);
    } catch (const std::exception& error) {
      fail(fmt::format("protocol {}: {}", shown.protocol->name, first_line(error.what())), outcome);
    }
    progress.add(1);
  }
}

void FigureStudio::draw(ExplainedImage& image, const Shown& shown, const std::string& word,
                        FigureOutcome& outcome) const {
  const std::vector<int> explanations = shown.showcase.explanations();
  image.explain(explanations);
  for (const FigurePanel& drawn : figure_panels(image, shown.showcase, *shown.protocol)) {
    const std::string file = fmt::format("{}/{}-{}-{}.png", folder_, word, shown.word, drawn.kind);
    save_png(drawn.picture, file);
    outcome.files.push_back(file);
  }
  for (const int one : explanations)
    if (const Verdict& verdict = image[one].verdicts.front(); verdict.status == Status::failed)
      fail(fmt::format("{}: protocol {}: {}", image.sample().name, shown.protocol->name, verdict.reason),
           outcome);
}

}  // namespace assay
