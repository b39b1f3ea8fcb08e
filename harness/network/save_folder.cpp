#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "harness/core/error.h"
#include "harness/network/load.h"
#include "harness/network/model_json.h"
#include "harness/network/safetensors.h"

namespace assay {
namespace {

using Tensors = std::map<std::string, Tensor>;

constexpr const char* kTemporary = ".tmp";

void write_text(const std::string& text, const std::string& file) {
  std::ofstream stream(file, std::ios::trunc);
  stream << text;
  stream.close();
  if (!stream) throw DataError(fmt::format("{}: cannot be written: {}", file, std::strerror(errno)));
}

void give_name(const std::string& file) {
  std::error_code error;
  std::filesystem::rename(file + kTemporary, file, error);
  if (error) throw DataError(fmt::format("{}: cannot be written: {}", file, error.message()));
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
  std::vector<std::string> files{(path / "model.safetensors").string(), (path / "model.json").string()};
  write_safetensors(tensors, files[0] + kTemporary);
  if (!network.classes().empty()) {
    model["classes_file"] = "classes.txt";
    files.push_back((path / "classes.txt").string());
    write_text(fmt::format("{}\n", fmt::join(network.classes(), "\n")), files[2] + kTemporary);
  }
  write_text(model.dump(1) + "\n", files[1] + kTemporary);
  for (const std::string& file : files) give_name(file);
}

}  // namespace assay
