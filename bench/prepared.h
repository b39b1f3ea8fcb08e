#pragma once

#include <string>
#include <vector>

#include "bench/squares.h"
#include "harness/core/params.h"
#include "harness/network/network.h"

namespace assay::bench {

/// Growth loops whose logits come nearer to a tie than this may take another number of steps in another
/// implementation: they are named and left out of the comparison.
inline constexpr double kNearTie = 1e-4;
inline constexpr std::int64_t kNotReached = -1;

/// One image with everything that Table 1 asks of it, but for the answers of the network.
struct PreparedImage {
  std::string name;
  std::int64_t target = 0;
  Tensor pixels;                     // float32 [3,H,W], 0..255, channel order of the network
  Tensor bases;                      // float32 [B,3,H,W]
  Tensor masks;                      // uint8 [T,H,W], one a growth loop: 1 shows the image, 0 the base
  Tensor base_of;                    // int64 [T]
  std::vector<std::string> labels;   // [T]: "occ 10 rho=0.25 base=zero"
  Tensor steps;                      // int64 [T]: dilations until the target is predicted, or kNotReached
  Tensor margins;                    // float64 [T]: smallest distance to a tie on the way
  std::int64_t growth_forwards = 0;  // masks judged one by one, and the bases
  std::int64_t growth_distinct = 0;  // different images among them
};

/// What both sides of the comparison read: the work, the same weights, and our growth counts.
struct Prepared {
  std::int64_t limit = 100;     // dilations at most
  std::vector<Square> squares;  // of all occlusions, for every image
  std::vector<PreparedImage> images;
};

/// FOLDER/work.safetensors, FOLDER/work.json and the network in FOLDER/network (model.json,
/// model.safetensors).
void write_prepared(const Prepared& prepared, const Network& network, const std::string& folder);
/// The work; the network is load_network(FOLDER/network). Throws DataError for missing or damaged files.
Prepared read_prepared(const std::string& folder);

/// CRC-32 (8 hexadecimal digits, as zlib's) of the counts written as "3,0,-1" for all images one after the
/// other, near ties left out.
std::string hash_of_steps(const Prepared& prepared, const std::vector<Tensor>& steps);
/// "IMAGE: TASK: 3, not 4" for every count that is not the prepared one.
Json differing_steps(const Prepared& prepared, const std::vector<Tensor>& steps);

}  // namespace assay::bench
