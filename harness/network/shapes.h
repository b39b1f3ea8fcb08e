#pragma once

#include <span>
#include <vector>

#include "harness/network/network.h"

namespace assay {

using Shape = std::vector<std::int64_t>;  // of one image, without the batch dimension: [C,H,W] or [K]

/// The shape of a layer's output by arithmetic alone (an opaque operator is run on zeros). Reads weights only
/// for the number of outputs. Throws DataError with the layer's name where the inputs do not fit: a window
/// larger than its input, maps of different sizes.
Shape output_shape(const Layer& layer, std::span<const Shape> inputs);

/// The shapes of all layers, by index; element 0 is [3,H,W] of the preprocessing.
std::vector<Shape> output_shapes(const Network& network);

/// What the graph needs of each parameter of a layer that reads `inputs`, in the order of Layer::parameters;
/// -1 where any size will do.
std::vector<Shape> parameter_shapes(const Layer& layer, std::span<const Shape> inputs);

}  // namespace assay
