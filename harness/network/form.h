#pragma once

#include <string_view>

namespace assay {

/// How a network is laid out for predicting: the same function, rounded otherwise.
enum class Form {
  packed,         // on a CPU, in float32: inference_form.h; elsewhere as plain
  plain,          // the layers as they are, maps [N,C,H,W]
  channels_last,  // on a GPU: the same layers, maps [N,H,W,C] in memory; on a CPU as plain
};
std::string_view name_of(Form form);

}  // namespace assay
