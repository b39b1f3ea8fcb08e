#pragma once

#include <string>
#include <vector>

#include "harness/network/network.h"

namespace assay {

/// Where a layer's parameters come from.
struct LayerOrigin {
  std::string layer;
  bool given = false;
  std::string why;  // why drawn: "not there", "[4096,9216] there, [256,2304] here"
};

struct Initial {
  Network network;
  std::vector<LayerOrigin> origins;  // one a layer with parameters, in their order

  /// Every layer but fc8_s and fc9_f was given: the published rates suit it.
  bool has_given_trunk() const;
  /// The layer that sees the pixels was given.
  bool has_given_first() const { return origins.front().given; }
};

/// `drawn` with the parameters of every layer of `given` that has the same name and shapes, copied. Where the
/// first of them is given, channel order, scale, mean and deviation of the pixels are those of `given`, which
/// its weights expect; the resize and the crop stay. Throws ConfigError when no layer fits.
Initial initial_network(const Network& drawn, const Network& given);

}  // namespace assay
