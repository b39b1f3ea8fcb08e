#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "harness/core/hash.h"
#include "harness/core/registry.h"
#include "harness/network/network.h"

namespace assay {

/// An accepted class of an image. `key` (wnid, Places path, name) finds the output of a network whose class
/// list knows it; otherwise `index` is the output itself.
struct Label {
  std::int64_t index = -1;
  std::string key;
};

/// Where an object of a class is on an image.
struct Region {
  Label label;
  std::string mask;  // image file of the sample's size; not black = the object
};

struct Sample {
  std::string name;  // file name relative to the dataset, unique in it
  std::string path;
  std::vector<Label> labels;  // the first is the target, any counts as right; may be empty
  std::vector<Region> regions = {};
};

/// A list of labelled images; nothing is decoded.
class Dataset {
 public:
  virtual ~Dataset() = default;
  /// In a fixed order. Throws DataError for a missing folder or list, naming it, and for a broken line with
  /// its number.
  virtual std::vector<Sample> samples() const = 0;
};

/// labels-csv, ilsvrc-val, places365-val, folders, list, floors; in the order of datasets.def.
const std::vector<Entry<Dataset>>& datasets();

/// `count` of them drawn by seed (0 = all), then in the order of the dataset.
std::vector<Sample> subset(std::vector<Sample> samples, std::int64_t count, std::uint64_t seed);

/// The network's output for a label; -1 when its class list does not have it.
std::int64_t output_of(const Label& label, const Network& network);

/// The network's outputs for a sample's labels, in their order, without those the network does not know.
/// Throws DataError when none is left or an index is outside the network's outputs.
std::vector<std::int64_t> targets_of(const Sample& sample, const Network& network);

/// Identity of a sample's content without reading it: name, labels, file size (0 when it cannot be stat'ed).
Hash hash_of(const Sample& sample);

}  // namespace assay
