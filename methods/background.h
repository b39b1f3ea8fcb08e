#pragma once

#include <string>

#include "harness/core/params.h"
#include "harness/network/tensor.h"

namespace assay {

/// A normal distribution of colours.
struct ColourNormal {
  Tensor mean;    // [3] double, CPU
  Tensor factor;  // [3,3] double: lower triangular L, covariance L L^T
};

/// What a region is replaced by: independent draws from the normal distribution of colours that the boundary
/// prior gives, what lies at the border being background (Seo, Oh & Oh 2018; papers.md 2.1). Parameters
/// `boundary`, `band`, `covariance`, `draw`.
class Background {
 public:
  explicit Background(Params& params);

  /// Of the image's border, or of the ring around a region. `image` [3,H,W] double on the CPU, `region` bool
  /// [H,W]. A region that has no ring, being the whole image, has the image's border.
  ColourNormal colours(const Tensor& image, const Tensor& region) const;
  /// [3,n] in 0..255: colours of n pixels of one sample of a region.
  Tensor draw(const ColourNormal& colours, std::int64_t n, std::uint64_t seed) const;
  /// Everything that samples depend on beside image, region and seed.
  std::string words() const;

 private:
  bool of_image_, full_, by_pixel_;
  std::int64_t band_;
};

}  // namespace assay
