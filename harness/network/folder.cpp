#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "harness/core/error.h"
#include "harness/network/json_node.h"
#include "harness/network/layer_check.h"
#include "harness/network/load.h"
#include "harness/network/model_json.h"
#include "harness/network/weights.h"

namespace assay {
namespace {

bool is_optional(const std::string& key) {
  return key == "bias";
}

void attach_parameters(Layer& layer, const JsonNode& node, std::vector<Shape> needed,
                       const Weights& weights) {
  const std::vector<std::string> keys = parameter_keys(layer.kind);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (is_optional(keys[i]) && !node.has(keys[i])) continue;
    if (is_optional(keys[i])) needed[i] = {layer.weight().size(0)};
    const auto name = node.require<std::string>(keys[i]);
    layer.parameters.push_back({name, weights.get(name, needed[i], layer.name)});
  }
}

/// What `act` says about a layer, said about a layer of `file`.
template <class Act>
auto in_file(const std::string& file, Act act) {
  try {
    return act();
  } catch (const DataError& error) {
    throw DataError(fmt::format("{}: {}", file, error.what()));
  }
}

std::string unused_name(std::string name, const std::vector<std::string>& names) {
  while (std::ranges::find(names, name) != names.end()) name += "_";
  return name;
}

/// Reads the graph node by node, following shapes, so that a tensor that does not fit is found by name.
class GraphReader {
 public:
  GraphReader(std::string file, const Weights& weights, const Preprocess& preprocess)
      : file_(std::move(file)), weights_(weights) {
    push({.kind = Kind::input, .name = "input"}, {3, preprocess.height, preprocess.width});
  }

  void read(const Json& json, std::size_t index) {
    Layer layer = layer_from_json(json, index, names_, file_);
    const JsonNode node(json, fmt::format("{}: graph[{}] '{}'", file_, index, layer.name));
    if (std::ranges::find(names_, layer.name) != names_.end()) node.fail("another node has this name");
    std::vector<Shape> inputs;
    for (const int input : layer.inputs) inputs.push_back(shapes_[input]);
    in_file(file_, [&] { check_inputs(layer); });
    attach_parameters(layer, node, in_file(file_, [&] { return parameter_shapes(layer, inputs); }), weights_);
    Shape shape = in_file(file_, [&] { return output_shape(layer, inputs); });
    push(std::move(layer), std::move(shape));
  }

  std::vector<Layer> finish() {
    if (shapes_.back().size() > 1) {
      const int last = static_cast<int>(layers_.size()) - 1;
      push({.kind = Kind::flatten, .name = unused_name("logits", names_), .inputs = {last}}, {});
    }
    return std::move(layers_);
  }

 private:
  void push(Layer layer, Shape shape) {
    names_.push_back(layer.name);
    layers_.push_back(std::move(layer));
    shapes_.push_back(std::move(shape));
  }

  std::string file_;
  const Weights& weights_;
  std::vector<Layer> layers_;
  std::vector<std::string> names_;
  std::vector<Shape> shapes_;
};

Tensor mean_image_of(const Weights& weights, const Preprocess& preprocess) {
  if (!weights.contains("mean_image")) return Tensor();
  return weights.get("mean_image", {3, preprocess.height, preprocess.width}, "input");
}

std::vector<Layer> read_graph(const JsonNode& model, const std::string& file, const Weights& weights,
                              const Preprocess& preprocess) {
  const Json& nodes = model.at("graph");
  if (!nodes.is_array() || nodes.empty()) model.fail("graph: expected a list of nodes");
  GraphReader graph(file, weights, preprocess);
  for (std::size_t index = 0; index < nodes.size(); ++index) graph.read(nodes[index], index);
  return graph.finish();
}

}  // namespace

Network load_folder(const std::string& folder) {
  const std::filesystem::path path(folder);
  const std::string file = (path / "model.json").string();
  const Json json = read_json(file);
  const JsonNode model(json, file);
  Preprocess preprocess = preprocess_from_json(model.at("preprocess"), file);
  const Weights weights((path / model.get<std::string>("weights_file", "model.safetensors")).string());
  preprocess.mean_image = mean_image_of(weights, preprocess);
  std::vector<Layer> layers = read_graph(model, file, weights, preprocess);
  std::vector<std::string> classes;
  if (model.has("classes_file"))
    classes = read_classes((path / model.require<std::string>("classes_file")).string());
  const std::string folder_name = std::filesystem::absolute(path / "").parent_path().filename().string();
  Network network(model.get("name", folder_name), std::move(layers), std::move(preprocess),
                  std::move(classes));
  const auto known = static_cast<std::int64_t>(network.classes().size());
  if (known != 0 && known != network.outputs())
    model.fail(fmt::format("the class list has {} lines, the network {} outputs", known, network.outputs()));
  return network;
}

}  // namespace assay
