#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/network/caffenet.h"

namespace assay {

/// The floor network of the first author's code ("modified Siamese", one extracted branch; papers.md 8.4):
/// CaffeNet's trunk, then fc8_s - fc8_s_r (relu) - drop8 - fc9_f, one output a floor.
struct FloorWidths {
  CaffenetWidths trunk;
  std::int64_t embedding = 1000;  // fc8_s
};

/// `full`: CaffeNet's own widths, 0.72 G multiply-adds a forward. `small`: the same layers, kernels, groups
/// and input with about a quarter of the channels, 0.08 G, for training from scratch in about a minute.
/// Throws ConfigError listing these two for any other word.
FloorWidths floor_widths(std::string_view size);

/// With drawn weights: He normal, biases 0; `new_deviation` is the deviation of those of fc8_s and fc9_f (0 =
/// He's). conv1's are divided by kPixelDeviation, so that the layers behind it see values near 1 from pixels
/// of -128 .. 151. `classes` are the lines of the class list. Preprocessing: BGR, mean 104, 117, 123, short
/// side 256, centre crop 227.
Network floor_network(const FloorWidths& widths, const std::vector<std::string>& classes, std::uint64_t seed,
                      double new_deviation = 0);

/// Deviation of a pixel from the mean value, roughly.
inline constexpr double kPixelDeviation = 64;
/// Deviation of new weights behind a trained trunk (papers.md 8.4).
inline constexpr double kPublishedDeviation = 0.01;

inline constexpr std::string_view kEmbeddingLayer = "fc8_s";
inline constexpr std::string_view kClassLayer = "fc9_f";
/// fc8_s and fc9_f: what the published schedule trains a thousand times as fast as the trunk.
bool is_new_layer(std::string_view name);

}  // namespace assay
