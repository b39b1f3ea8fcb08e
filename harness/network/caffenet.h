#pragma once

#include <array>

#include "harness/network/layer_builder.h"

namespace assay {

/// Output channels of CaffeNet's layers; the defaults are the published ones.
struct CaffenetWidths {
  std::array<std::int64_t, 5> conv{96, 256, 384, 384, 256};  // even from the second on: two groups
  std::int64_t fc6 = 4096, fc7 = 4096;
};

/// Krizhevsky 2012 as the BVLC reference CaffeNet (pooling before normalisation) up to drop7, for an input of
/// 227 x 227: conv1 relu1 pool1 norm1 conv2 relu2 pool2 norm2 conv3 relu3 conv4 relu4 conv5 relu5 pool5 fc6
/// relu6 drop6 fc7 relu7 drop7. drop7 gives [N,widths.fc7].
void caffenet_trunk(LayerBuilder& builder, const CaffenetWidths& widths);

/// Caffe's usual preprocessing: BGR, mean 104, 117, 123, warped to 256 x 256, centre crop.
Preprocess caffe_preprocess(std::int64_t size);

}  // namespace assay
