#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "harness/train/crops.h"
#include "harness/train/pairs.h"
#include "harness/train/siamese.h"

namespace assay {

/// The crops that some pairs need. The branches share their weights, so one forward over all crops is the
/// forward of both branches. A view that several pairs have on the same side shows them the same crop: with
/// one pair this is the published batch of two crops, with thirty pairs the loss looks at thirty pairs for
/// about as many crops, not sixty.
struct Minibatch {
  Tensor pixels;  // float [N,3,height,width], 0..255
  Tensor labels;  // int64 [N]
  PairRows pairs;
};
Minibatch minibatch_of(std::span<const Pair> pairs, const std::vector<TrainingView>& views,
                       const Preprocess& input, const Augmentation& change, std::uint64_t seed);

}  // namespace assay
