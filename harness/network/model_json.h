#pragma once

#include <string>
#include <vector>

#include "harness/core/params.h"
#include "harness/network/network.h"

namespace assay {

/// Reading of a model.json (docs/network-format.md). Errors are DataError: `FILE: graph[3] 'conv2': message`.
Json read_json(const std::string& file);

/// The object below "preprocess". `mean_image` is not in there: it is a tensor.
Preprocess preprocess_from_json(const Json& node, const std::string& file);
Json preprocess_to_json(const Preprocess& preprocess);

/// One class a line (its key first), without a trailing empty line. Throws DataError naming the file when it
/// is missing or empty.
std::vector<std::string> read_classes(const std::string& file);

/// A node of "graph" without its tensors: kind, name, attributes. `names` are the layers before it, by index.
/// Unknown operators are an error that lists the known ones.
Layer layer_from_json(const Json& node, std::size_t index, const std::vector<std::string>& names,
                      const std::string& file);
/// `input_names` in the order of layer.inputs.
Json layer_to_json(const Layer& layer, const std::vector<std::string>& input_names);

/// The keys of a node that name its tensors, in the order of Layer::parameters: conv2d {"weight", "bias"}.
std::vector<std::string> parameter_keys(Kind kind);

/// The "graph" of a network.
Json graph_to_json(const Network& network);

/// Hash of graph, parameter names and bytes, preprocessing and number of classes.
Hash content_hash(const Network& network);

}  // namespace assay
