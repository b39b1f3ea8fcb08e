#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "harness/core/params.h"
#include "harness/network/subject.h"
#include "harness/vision/slic.h"

namespace assay {

/// SLIC superpixels of an image at several scales, from coarse to fine: parameters `scales`, `compactness`,
/// `slic_sigma`, `slic_iterations`.
class Superpixels {
 public:
  /// Its keys: those of a method that it divides the image for keep their defaults.
  static std::span<const std::string_view> keys();
  explicit Superpixels(Params& params);

  /// Superpixels asked for, by scale.
  const std::vector<std::int64_t>& scales() const { return scales_; }
  /// Label maps int64 [H,W] on the CPU, by scale (slic.h); made once a block for each image.
  const std::vector<Tensor>& of(Subject& subject, std::int64_t image) const;
  /// Everything that they depend on beside the image.
  std::string words() const;

 private:
  std::vector<std::int64_t> scales_;
  SlicSettings settings_;
};

/// [n] in double on the CPU, one value a label -> [H,W]: every pixel has its superpixel's.
Tensor spread(const Tensor& values, const Tensor& labels);
/// A map [H,W] -> [n] in double on the CPU: its mean over each superpixel, summed in the order of the rows.
Tensor region_means(const Tensor& map, const Tensor& labels);

/// [H,W]: the mean over scales of what `at_scale` gives for each, [H,W] in double.
Tensor fused(const std::vector<Tensor>& labels, const std::function<Tensor(std::size_t scale)>& at_scale);

}  // namespace assay
