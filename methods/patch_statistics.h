#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/network/tensor.h"

namespace assay {

/// What is known of the pixels of a kind of images at a network's input size, in 0..255: what 'assay
/// fit-patches' writes and `prediction-difference` samples from. A square patch of side l is modelled by a
/// Gaussian for each channel.
struct PatchStatistics {
  Tensor mean;        // [3,l*l] double, row by row
  Tensor covariance;  // [3,l*l,l*l] double
  Tensor low, high;   // [3,H,W] uint8: the least and largest value seen at each place
  Tensor images;      // [M,3,H,W] uint8: the first images

  std::int64_t side() const;  // l, px
  std::int64_t height() const { return low.size(1); }
  std::int64_t width() const { return low.size(2); }
  /// The same of the square of this side in the middle of the patches.
  PatchStatistics cut_to(std::int64_t side) const;
  /// Files hold RGB; with `bgr` the channels the other way round.
  PatchStatistics in_order(bool bgr) const;
};

/// Safetensors. Both throw DataError naming the file; reading also when a tensor is missing or does not fit.
void save_patches(const PatchStatistics& statistics, const std::string& file);
PatchStatistics load_patches(const std::string& file);

/// Gathers the statistics image by image. Values are whole numbers, so that sums are exact in any order.
class PatchFit {
 public:
  /// Of patches of `side` px on images of `height` x `width` (not smaller), the first `kept` of which are
  /// kept.
  PatchFit(std::int64_t height, std::int64_t width, std::int64_t side, std::int64_t kept);
  /// `image` uint8 [3,H,W], RGB; `patches` random places on it.
  void add(const Tensor& image, std::int64_t patches, std::uint64_t seed);
  std::int64_t images() const { return images_; }
  std::int64_t patches() const { return patches_; }
  /// Covariances are divided by the number of patches; 1/12, the variance of rounding to whole numbers, is
  /// added on their diagonals, so that no direction is without variance. Needs at least one patch.
  PatchStatistics finish() const;

 private:
  std::int64_t side_, kept_count_;
  std::int64_t images_ = 0, patches_ = 0;
  Tensor sum_, products_;  // [3,l*l], [3,l*l,l*l], of values less 128
  Tensor low_, high_;
  std::vector<Tensor> kept_;
};

}  // namespace assay
