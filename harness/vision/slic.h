#pragma once

#include <cstdint>

#include "harness/network/tensor.h"

namespace assay {

/// CIELAB of sRGB pixels [3,H,W], 0..255, RGB or (`bgr`) BGR: double [3,H,W] on the CPU, L in 0..100, white
/// of D65.
Tensor cielab(const Tensor& pixels, bool bgr);

struct SlicSettings {
  std::int64_t segments = 64;    // asked for; about so many come out
  double compactness = 10;       // m: how much distance weighs against colour
  double sigma = 1;              // of a Gaussian blur beforehand, px; 0 = none
  std::int64_t iterations = 10;  // of assigning pixels and moving centres
};

/// SLIC superpixels (Achanta, Shaji, Smith, Lucchi, Fua & Suesstrunk, "SLIC superpixels compared to
/// state-of-the-art superpixel methods", TPAMI 2012). With S = sqrt(H W / segments):
///   - centres on a grid of round(H/S) x round(W/S), each moved to the least gradient of its 3x3 pixels;
///   - a pixel belongs to the centre of least |lab - lab_k|^2 + (m/S)^2 |yx - yx_k|^2 among those within S
///     (and 1 px) of it along both sides, the first of equal ones; a centre moves to the mean of its pixels;
///   - 4-connected parts smaller than S^2 / 4 go to a neighbour (parts.h).
/// `pixels` as for cielab(). Labels int64 [H,W] on the CPU, 0 .. n-1 in the order in which rows first show
/// them, each one 4-connected. The same bits for any call; one thread.
Tensor slic(const Tensor& pixels, bool bgr, const SlicSettings& settings);

/// Number of labels of such a map.
std::int64_t count_labels(const Tensor& labels);

}  // namespace assay
