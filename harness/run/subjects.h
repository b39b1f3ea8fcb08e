#pragma once

#include <string>
#include <vector>

#include "harness/data/dataset.h"
#include "harness/run/config.h"
#include "harness/run/roster.h"

namespace assay {

/// One dataset of the configuration: its list, no image.
struct NamedDataset {
  std::string name;
  std::vector<Sample> samples;  // the subset, in the order of the dataset
};

/// A dataset through a network, by their names in the configuration.
struct Pairing {
  std::string dataset;
  std::string network;
};

/// Keys `datasets`, `networks`, `experiments` (default: every dataset with every network). Each appends its
/// entries with every default to `resolved`. They throw ConfigError with the place of the key; a missing or
/// damaged file is such an error too.
std::vector<NamedDataset> read_datasets(const Config& config, std::int64_t limit, Json& resolved);
std::vector<NamedNetwork> read_networks(const Config& config, Json& resolved);
std::vector<Pairing> read_experiments(const Config& config, const std::vector<NamedDataset>& datasets,
                                      const std::vector<NamedNetwork>& networks, Json& resolved);

}  // namespace assay
