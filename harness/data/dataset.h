#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "harness/core/hash.h"
#include "harness/core/registry.h"
#include "harness/data/regions.h"
#include "harness/network/network.h"

namespace assay {

/// An accepted class of an image. `key` (wnid, Places path, name) finds the output of a network whose class
/// list knows it; otherwise `index` is the output itself.
struct Label {
  std::int64_t index = -1;
  std::string key;
  bool operator==(const Label&) const = default;
};

/// Its key, otherwise its index: what class lists, tables and messages call it.
std::string word_of(const Label& label);

/// Where one object of a class is on an image.
struct Region {
  Label label;
  RegionShape shape;
  bool difficult = false;  // to be left out of a fair count (VOC)
  bool operator==(const Region&) const = default;
};

/// One image of a mosaic.
struct MosaicTile {
  std::string name;  // of its sample
  std::string path;
  Label label;
  int part = 0;  // the place of its dataset among those of the tiles
};

/// A picture put together at a network's input: n x n tiles, row by row.
struct Mosaic {
  int n = 2;
  int side = 112;            // of a tile, px
  bool center_crop = false;  // the middle of the image with its short side at 8/7 of a tile; else squashed
  std::vector<MosaicTile> tiles;
  bool heads = false;  // cells are explained in heads of their own (head_class())
};

/// An image and what is explained on it.
struct Sample {
  std::string name;  // file name relative to the dataset, unique in it; "FILE/CLASS" for one of several
  std::string path;  // empty for a mosaic; otherwise empty: no file, an even grey picture of the input's size
  std::vector<Label> labels;  // the first is the target, any counts as right; may be empty
  std::vector<Region> regions = {};
  std::string image = {};  // the same word for all samples of one picture, which follow each other; empty:
                           // no other sample shows it
  std::vector<Label> classes = {};  // everything known to be on the picture; empty: that of the regions
  std::shared_ptr<const Mosaic> mosaic = nullptr;
};

/// What names the picture of a sample: its word, otherwise the sample's name.
const std::string& picture_of(const Sample& sample);
/// Whether two samples can share one decoded image and what is known of it: one picture, the same regions.
bool share_image(const Sample& a, const Sample& b);
/// Where the pictures begin among samples; the last element is their number.
std::vector<std::size_t> picture_starts(const std::vector<Sample>& samples);

/// A list of labelled images; nothing is decoded.
class Dataset {
 public:
  virtual ~Dataset() = default;
  /// In a fixed order. Throws DataError for a missing folder or list, naming it, and for a broken line with
  /// its number.
  virtual std::vector<Sample> samples() const = 0;
};

/// In the order of datasets.def.
const std::vector<Entry<Dataset>>& datasets();

/// `count` pictures drawn by seed (0 = all), with all their samples, in the order of the dataset.
std::vector<Sample> subset(std::vector<Sample> samples, std::int64_t count, std::uint64_t seed);

/// The network's output for a label; -1 when its class list does not have it.
std::int64_t output_of(const Label& label, const Network& network);

/// The network's outputs for a sample's labels, in their order, without those the network does not know.
/// Throws DataError when none is left or an index is outside the network's outputs.
std::vector<std::int64_t> targets_of(const Sample& sample, const Network& network);

/// Whether it has such an output.
bool has_target(const Sample& sample, const Network& network);

/// The network's outputs for everything that is known to be on a sample's picture, in its order, each once;
/// without those the network does not know.
std::vector<std::int64_t> classes_of(const Sample& sample, const Network& network);

/// Identity of a sample's content without reading it: name, labels, regions, what is known to be on the
/// picture, file size (0 when it cannot be stat'ed), of a mosaic that of every tile and its dataset's place.
Hash hash_of(const Sample& sample);
/// By sample; what neighbouring samples of one picture share is looked at once.
std::vector<Hash> hashes_of(const std::vector<Sample>& samples);

}  // namespace assay
