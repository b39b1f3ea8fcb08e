#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "harness/core/error.h"
#include "harness/network/json_node.h"
#include "harness/network/load.h"
#include "harness/network/model_json.h"
#include "harness/network/safetensors.h"
#include "harness/network/shapes.h"

namespace assay {
namespace {

using Tensors = std::map<std::string, Tensor>;

const Tensor& tensor_of(const Tensors& tensors, const std::string& name, const std::string& file,
                        const std::string& layer) {
  const auto found = tensors.find(name);
  if (found == tensors.end())
    throw DataError(fmt::format("{}: tensor '{}' is missing (layer '{}' needs it)", file, name, layer));
  return found->second;
}

/// A shape with `*` where any size will do.
std::string text(const Shape& shape) {
  std::vector<std::string> sides;
  for (const std::int64_t side : shape) sides.push_back(side < 0 ? "*" : std::to_string(side));
  return fmt::format("[{}]", fmt::join(sides, ","));
}

void check_shape(const Tensor& tensor, const Shape& needed, const std::string& where) {
  const Shape have = tensor.sizes().vec();
  const auto fits = [](std::int64_t side, std::int64_t need) { return need < 0 || side == need; };
  if (have.size() == needed.size() && std::ranges::equal(have, needed, fits)) return;
  Shape shown = needed;  // a free side is shown as the file has it
  for (std::size_t i = 0; have.size() == needed.size() && i < shown.size(); ++i)
    if (shown[i] < 0) shown[i] = have[i];
  throw DataError(fmt::format("{}: file has {}, graph needs {}", where, text(have), text(shown)));
}

/// One value, or one for each output channel, as a factor of `like` [O,...].
Tensor per_output(const Tensor& values, const Tensor& like, const std::string& where) {
  const bool one = values.numel() == 1;
  if (!values.is_floating_point() || (!one && values.numel() != like.size(0)))
    throw DataError(fmt::format("{}: needs 1 or {} floating-point values, has {} of type {}", where,
                                like.size(0), values.numel(), c10::toString(values.scalar_type())));
  Shape shape(like.dim(), 1);
  if (!one) shape[0] = like.size(0);
  return values.to(at::kFloat).reshape(shape);
}

/// float32 of a stored tensor: F16 widened, U8 and I8 as (q - zero_point) * scale.
Tensor widened(const Tensors& tensors, const std::string& name, const std::string& file,
               const std::string& layer) {
  const Tensor& stored = tensor_of(tensors, name, file, layer);
  const std::string where = fmt::format("{}: tensor '{}'", file, name);
  if (stored.is_floating_point()) return stored.to(at::kFloat);
  if (stored.scalar_type() != at::kByte && stored.scalar_type() != at::kChar)
    throw DataError(fmt::format("{}: type {} cannot be a parameter; known: F32, F16, F64, U8, I8", where,
                                c10::toString(stored.scalar_type())));
  if (stored.dim() == 0) throw DataError(fmt::format("{}: a quantised tensor needs a dimension", where));
  const auto companion = [&](const std::string& suffix) {
    return per_output(tensor_of(tensors, name + suffix, file, layer), stored, where + suffix);
  };
  return (stored.to(at::kFloat) - companion(".zero_point")) * companion(".scale");
}

bool is_optional(const std::string& key) {
  return key == "bias";
}

void attach_parameters(Layer& layer, const JsonNode& node, std::span<const Shape> inputs,
                       const Tensors& tensors, const std::string& weights_file) {
  std::vector<Shape> needed = parameter_shapes(layer, inputs);
  const std::vector<std::string> keys = parameter_keys(layer.kind);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (is_optional(keys[i]) && !node.has(keys[i])) continue;
    const auto name = node.require<std::string>(keys[i]);
    Tensor value = widened(tensors, name, weights_file, layer.name);
    if (is_optional(keys[i])) needed[i] = {layer.weight().size(0)};
    check_shape(value, needed[i], fmt::format("{}: tensor '{}'", weights_file, name));
    layer.parameters.push_back({name, std::move(value)});
  }
}

std::string unused_name(std::string name, const std::vector<std::string>& names) {
  while (std::ranges::find(names, name) != names.end()) name += "_";
  return name;
}

/// Reads the graph node by node, following shapes, so that a tensor that does not fit is found by name.
class GraphReader {
 public:
  GraphReader(std::string file, std::string weights_file, const Tensors& tensors,
              const Preprocess& preprocess)
      : file_(std::move(file)), weights_file_(std::move(weights_file)), tensors_(tensors) {
    Layer input;
    input.kind = Kind::input;
    input.name = "input";
    push(std::move(input), {3, preprocess.height, preprocess.width});
  }

  void read(const Json& json, std::size_t index) {
    Layer layer = layer_from_json(json, index, names_, file_);
    std::vector<Shape> inputs;
    for (const int input : layer.inputs) inputs.push_back(shapes_[input]);
    const JsonNode node(json, fmt::format("{}: graph[{}] '{}'", file_, index, layer.name));
    try {
      attach_parameters(layer, node, inputs, tensors_, weights_file_);
      if (layer.inputs.size() < 2 && layer.kind == Kind::broadcast_like) node.fail("inputs: needs two");
      Shape shape = output_shape(layer, inputs);
      push(std::move(layer), std::move(shape));
    } catch (const DataError& error) {
      const std::string_view message = error.what();
      if (message.starts_with(file_) || message.starts_with(weights_file_)) throw;
      throw DataError(fmt::format("{}: {}", file_, message));
    }
  }

  std::vector<Layer> finish() {
    if (shapes_.back().size() > 1) {
      Layer flatten;
      flatten.kind = Kind::flatten;
      flatten.name = unused_name("logits", names_);
      flatten.inputs = {static_cast<int>(layers_.size()) - 1};
      push(std::move(flatten), {});
    }
    return std::move(layers_);
  }

 private:
  void push(Layer layer, Shape shape) {
    names_.push_back(layer.name);
    layers_.push_back(std::move(layer));
    shapes_.push_back(std::move(shape));
  }

  std::string file_, weights_file_;
  const Tensors& tensors_;
  std::vector<Layer> layers_;
  std::vector<std::string> names_;
  std::vector<Shape> shapes_;
};

Tensor mean_image_of(const Tensors& tensors, const Preprocess& preprocess, const std::string& file) {
  if (!tensors.contains("mean_image")) return Tensor();
  Tensor image = widened(tensors, "mean_image", file, "input");
  check_shape(image, {3, preprocess.height, preprocess.width}, file + ": tensor 'mean_image'");
  return image;
}

void write_text(const std::string& text, const std::string& file) {
  std::ofstream stream(file, std::ios::trunc);
  stream << text;
  stream.close();
  if (!stream) throw DataError(fmt::format("{}: cannot be written: {}", file, std::strerror(errno)));
}

Tensors tensors_of(const Network& network) {
  Tensors tensors;
  for (const Layer& layer : network.layers()) {
    if (layer.kind == Kind::opaque)
      throw DataError(
          fmt::format("network '{}': layer '{}' ({}) has no place in model.json; keep the TorchScript file",
                      network.name(), layer.name, layer.opaque->name()));
    for (const Parameter& parameter : layer.parameters)
      if (!tensors.emplace(parameter.name, parameter.value.to(at::kFloat)).second)
        throw DataError(
            fmt::format("network '{}': two parameters are called '{}'", network.name(), parameter.name));
  }
  const Tensor& mean_image = network.preprocess().mean_image;
  if (mean_image.defined()) tensors.emplace("mean_image", mean_image.to(at::kFloat));
  return tensors;
}

}  // namespace

Json read_json(const std::string& file) {
  std::ifstream stream(file);
  if (!stream) throw DataError(fmt::format("{}: cannot be opened: {}", file, std::strerror(errno)));
  try {
    return Json::parse(stream);
  } catch (const Json::parse_error& error) {
    throw DataError(fmt::format("{}: not valid JSON at byte {}", file, error.byte));
  }
}

std::vector<std::string> read_classes(const std::string& file) {
  std::ifstream stream(file);
  if (!stream)
    throw DataError(fmt::format("{}: class list cannot be opened: {}", file, std::strerror(errno)));
  std::vector<std::string> classes;
  for (std::string line; std::getline(stream, line);) {
    if (line.ends_with('\r')) line.pop_back();
    classes.push_back(std::move(line));
  }
  while (!classes.empty() && classes.back().empty()) classes.pop_back();
  if (classes.empty()) throw DataError(fmt::format("{}: class list is empty", file));
  return classes;
}

Network load_folder(const std::string& folder) {
  const std::filesystem::path path(folder);
  const std::string file = (path / "model.json").string();
  const Json json = read_json(file);
  const JsonNode model(json, file);
  const std::string weights_file =
      (path / model.get<std::string>("weights_file", "model.safetensors")).string();
  Preprocess preprocess = preprocess_from_json(model.at("preprocess"), file);
  const Tensors tensors = read_safetensors(weights_file);
  preprocess.mean_image = mean_image_of(tensors, preprocess, weights_file);

  GraphReader graph(file, weights_file, tensors, preprocess);
  if (!model.at("graph").is_array()) model.fail("graph: expected a list of nodes");
  for (std::size_t index = 0; const Json& node : model.at("graph")) graph.read(node, index++);

  std::vector<std::string> classes;
  if (model.has("classes_file"))
    classes = read_classes((path / model.require<std::string>("classes_file")).string());
  const std::string fallback_name = std::filesystem::absolute(path / "").parent_path().filename().string();
  Network network(model.get("name", fallback_name), graph.finish(), std::move(preprocess),
                  std::move(classes));
  const auto known = static_cast<std::int64_t>(network.classes().size());
  if (known != 0 && known != network.outputs())
    model.fail(fmt::format("the class list has {} lines, the network {} outputs", known, network.outputs()));
  return network;
}

void save_folder(const Network& network, const std::string& folder) {
  const std::filesystem::path path(folder);
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) throw DataError(fmt::format("{}: cannot be created: {}", folder, error.message()));
  const Tensors tensors = tensors_of(network);
  Json model = {{"name", network.name()},
                {"weights_file", "model.safetensors"},
                {"num_outputs", network.outputs()},
                {"preprocess", preprocess_to_json(network.preprocess())},
                {"graph", graph_to_json(network)}};
  if (!network.classes().empty()) {
    model["classes_file"] = "classes.txt";
    write_text(fmt::format("{}\n", fmt::join(network.classes(), "\n")), (path / "classes.txt").string());
  }
  write_safetensors(tensors, (path / "model.safetensors").string());
  write_text(model.dump(1) + "\n", (path / "model.json").string());
}

}  // namespace assay
