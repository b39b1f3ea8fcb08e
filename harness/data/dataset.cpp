#include "harness/data/dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "harness/core/error.h"
#include "harness/core/seed.h"
#include "harness/data/label_files.h"

namespace assay {

#define DATASET(identifier, summary) std::unique_ptr<Dataset> make_##identifier(Params& params);
#include "harness/data/datasets.def"
#undef DATASET

const std::vector<Entry<Dataset>>& datasets() {
  static const std::vector<Entry<Dataset>> entries{
#define DATASET(identifier, summary) {user_name(#identifier), summary, make_##identifier},
#include "harness/data/datasets.def"
#undef DATASET
  };
  return entries;
}

std::string word_of(const Label& label) {
  return label.key.empty() ? std::to_string(label.index) : label.key;
}

const std::string& picture_of(const Sample& sample) {
  return sample.image.empty() ? sample.name : sample.image;
}

bool share_image(const Sample& a, const Sample& b) {
  return !a.image.empty() && a.image == b.image && a.regions == b.regions;
}

std::vector<std::size_t> picture_starts(const std::vector<Sample>& samples) {
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i < samples.size(); ++i)
    if (i == 0 || samples[i].image.empty() || samples[i].image != samples[i - 1].image) starts.push_back(i);
  starts.push_back(samples.size());
  return starts;
}

std::vector<Sample> subset(std::vector<Sample> samples, std::int64_t count, std::uint64_t seed) {
  const std::vector<std::size_t> starts = picture_starts(samples);
  const std::size_t wanted = static_cast<std::size_t>(std::max<std::int64_t>(count, 0));
  if (wanted == 0 || wanted >= starts.size() - 1) return samples;
  std::vector<std::size_t> order(starts.size() - 1);
  std::iota(order.begin(), order.end(), std::size_t{0});
  Random random(seed);
  for (std::size_t i = 0; i < wanted; ++i) std::swap(order[i], order[i + random.below(order.size() - i)]);
  std::sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(wanted));
  std::vector<Sample> drawn;
  for (std::size_t i = 0; i < wanted; ++i)
    for (std::size_t s = starts[order[i]]; s < starts[order[i] + 1]; ++s)
      drawn.push_back(std::move(samples[s]));
  return drawn;
}

namespace {

std::string described(const Sample& sample) {
  std::vector<std::string> words;
  for (const Label& label : sample.labels) words.push_back(word_of(label));
  return words.empty() ? "no labels" : fmt::format("label {}", fmt::join(words, ";"));
}

/// Network::outputs() may have to run the network; a class list knows.
std::int64_t outputs_of(const Network& network) {
  return network.classes().empty() ? network.outputs() : std::ssize(network.classes());
}

}  // namespace

std::int64_t output_of(const Label& label, const Network& network) {
  if (label.key.empty() || network.classes().empty()) return label.index;
  const auto& lines = network.classes();
  const auto found =
      std::ranges::find_if(lines, [&](const std::string& line) { return first_word(line) == label.key; });
  return found == lines.end() ? -1 : found - lines.begin();
}

std::vector<std::int64_t> targets_of(const Sample& sample, const Network& network) {
  std::vector<std::int64_t> targets;
  const std::int64_t outputs = outputs_of(network);
  for (const Label& label : sample.labels) {
    const std::int64_t output = output_of(label, network);
    if (output >= outputs)
      throw DataError(fmt::format("{}: class index {} is outside the {} outputs of network {}", sample.name,
                                  output, outputs, network.name()));
    if (output >= 0) targets.push_back(output);
  }
  if (targets.empty())
    throw DataError(
        fmt::format("{}: {}: network {} has no such class; label it by class index or by the first word of "
                    "the network's class lines",
                    sample.name, described(sample), network.name()));
  return targets;
}

bool has_target(const Sample& sample, const Network& network) {
  try {
    return !targets_of(sample, network).empty();
  } catch (const DataError&) {
    return false;
  }
}

std::vector<std::int64_t> classes_of(const Sample& sample, const Network& network) {
  std::vector<Label> labels = sample.classes;
  if (labels.empty())
    for (const Region& region : sample.regions) labels.push_back(region.label);
  std::vector<std::int64_t> known;
  for (const Label& label : labels) {
    const std::int64_t output = output_of(label, network);
    const bool is_new = std::ranges::find(known, output) == known.end();
    if (is_new && output >= 0 && output < outputs_of(network)) known.push_back(output);
  }
  return known;
}

}  // namespace assay
