#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/csrc/jit/serialization/import.h>

#include <filesystem>

#include "harness/core/error.h"
#include "harness/network/load.h"
#include "harness/network/model_json.h"
#include "harness/network/tensor.h"
#include "harness/network/torchscript_program.h"

namespace assay {
namespace {

using torchscript::IValue;
using torchscript::Probed;

/// As torchvision's ImageNet networks want it.
Preprocess torchvision_preprocess() {
  Preprocess preprocess;
  preprocess.height = preprocess.width = 224;
  preprocess.pre_scale = 1.0 / 255;
  preprocess.mean = {0.485, 0.456, 0.406};
  preprocess.std = {0.229, 0.224, 0.225};
  preprocess.resize = Preprocess::Resize::short_side;
  preprocess.resize_size = 256;
  preprocess.crop = Preprocess::Crop::center;
  return preprocess;
}

struct Beside {  // what NAME.json says
  Preprocess preprocess = torchvision_preprocess();
  std::vector<std::string> classes;
};

Beside read_beside(const std::filesystem::path& file) {
  Beside beside;
  const std::filesystem::path path = std::filesystem::path(file).replace_extension(".json");
  if (!std::filesystem::exists(path)) return beside;
  const Json json = read_json(path.string());
  if (json.contains("preprocess"))
    beside.preprocess = preprocess_from_json(json["preprocess"], path.string());
  if (json.contains("classes_file")) {
    if (!json["classes_file"].is_string())
      throw DataError(fmt::format("{}: classes_file: expected the name of a file", path.string()));
    beside.classes = read_classes((path.parent_path() / json["classes_file"].get<std::string>()).string());
  }
  return beside;
}

torch::jit::Module open_module(const std::string& file) {
  if (!std::filesystem::is_regular_file(file)) throw DataError(fmt::format("{}: no such file", file));
  try {
    torch::jit::Module module = torch::jit::load(file, at::kCPU);
    module.eval();
    return module;
  } catch (const std::exception& error) {
    const std::string_view text(error.what());
    throw DataError(
        fmt::format("{}: not a TorchScript file, or damaged: {}", file, text.substr(0, text.find('\n'))));
  }
}

torchscript::ParameterNames names_of(const torch::jit::Module& module) {
  torchscript::ParameterNames names;
  const auto add = [&](const auto& list) {
    for (const auto& [name, tensor] : list) {
      if (tensor.is_floating_point() && tensor.scalar_type() != at::kFloat)
        tensor.set_data(tensor.to(at::kFloat));
      names.add(tensor, name);
    }
  };
  add(module.named_parameters());
  add(module.named_buffers());
  return names;
}

/// Images of no meaning in the range that networks are used to, the same in every run.
Probed probe_images(const Preprocess& preprocess) {
  Probed images;
  for (std::size_t i = 0; i < images.size(); ++i) {
    const std::array<std::int64_t, 4> shape{torchscript::kProbeImages[i], 3, preprocess.height,
                                            preprocess.width};
    const std::int64_t count = shape[0] * shape[1] * shape[2] * shape[3];
    images[i] = (at::arange(count, at::kFloat) * 0.7391).sin_().mul_(2).reshape(shape);
  }
  return images;
}

Probed follow(const torch::jit::Module& module, const Probed& images, torchscript::Recorder& recorder) {
  try {
    return torchscript::Program(recorder).forward(module, images);
  } catch (const torchscript::OperatorFailure& failure) {
    const auto size = images[0].toTensor().sizes().slice(1);
    throw DataError(
        fmt::format("{} (the input is [{}]; preprocess.input_size of the .json beside it sets another)",
                    failure.what(), fmt::join(size, ",")));
  }
}

void check_same(const Network& network, const Tensor& image, const Tensor& expected) {
  const Tensor logits = network.forward(image);
  const double tolerance = 1e-3 * expected.abs().max().item<double>();
  if (logits.sizes() != expected.sizes() ||
      !at::allclose(logits, expected, 1e-3, tolerance, /*equal_nan=*/true))
    throw DataError(
        "its layers do not give what its forward gives: does it draw random numbers or keep a state?");
}

Network convert(const std::string& file) {
  const at::NoGradGuard no_grad;
  Beside beside = read_beside(file);
  const torch::jit::Module module = open_module(file);
  const torchscript::ParameterNames names = names_of(module);
  torchscript::Recorder recorder(names);
  const Probed images = probe_images(beside.preprocess);
  const Tensor image = images[0].toTensor().clone();
  recorder.start(images);
  auto recorded = recorder.finish(follow(module, images, recorder));
  Network network(std::filesystem::path(file).stem().string(), std::move(recorded.layers),
                  std::move(beside.preprocess), std::move(beside.classes));
  check_same(network, image, recorded.logits);
  return network;
}

}  // namespace

Network load_torchscript(const std::string& file) {
  try {
    return convert(file);
  } catch (const DataError& error) {
    const std::string message = error.what();
    if (message.find(file) != std::string::npos) throw;
    throw DataError(fmt::format("{}: {}", file, message));
  } catch (const c10::Error& error) {
    const std::string_view text(error.what_without_backtrace());
    throw DataError(fmt::format("{}: {}", file, text.substr(0, text.find('\n'))));
  }
}

}  // namespace assay
