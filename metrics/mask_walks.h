#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "harness/network/subject.h"

namespace assay {

/// An image whose pixels are changed in an order: at each point of the way some first pixels of the order are
/// those of the base (or, inserted, only they are those of the image), all channels together.
struct MaskWalk {
  std::int64_t image = 0;                 // of the subject's block
  std::size_t base = 0;                   // which of the base images
  Tensor order;                           // int64 [N]: places of the pixels, see order_of()
  bool inserts = false;                   // the first pixels show the image, the others the base
  std::vector<std::int64_t> points = {};  // changed pixels at each point of the way
};

/// Base images of a block, each made once.
class BaseImages {
 public:
  explicit BaseImages(const Subject& subject) : subject_(&subject) {}
  /// Where the base of this text (bases.h) is in images().
  std::size_t place_of(const std::string& text);
  /// [N,3,H,W] each.
  std::span<const Tensor> images() const { return images_; }

 private:
  const Subject* subject_;
  std::vector<std::string> texts_;
  std::vector<Tensor> images_;
};

/// The numbers of pixels after 0, 1, 2 ... steps of `step`, the last one `pixels`.
std::vector<std::int64_t> step_points(std::int64_t pixels, std::int64_t step);

/// Logits [points,K] (CPU, float32) by walk. `bases`: [N,3,H,W] each, pixels of the whole block. All walks
/// share full batches, and equal images are predicted once (hybrids.h): the result of a walk depends on the
/// walk alone.
std::vector<Tensor> walk_logits(Subject& subject, std::span<const Tensor> bases,
                                std::span<const MaskWalk> walks);

}  // namespace assay
