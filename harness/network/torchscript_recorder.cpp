#include "harness/network/torchscript_recorder.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/core/error.h"
#include "harness/network/tensor.h"
#include "harness/network/torchscript_layers.h"

namespace assay::torchscript {
namespace {

const c10::TensorImpl* address(const Tensor& tensor) {
  return tensor.unsafeGetTensorImpl();
}
const c10::StorageImpl* storage_address(const Tensor& tensor) {
  return tensor.has_storage() ? tensor.storage().unsafeGetStorageImpl() : nullptr;
}

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

bool is_dropout(const std::string& plain_name) {
  return is_one_of(plain_name, {"dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout"});
}

/// Takes only type and shape from its argument.
bool is_filled_like(std::string_view plain_name) {
  return is_one_of(plain_name, {"new_zeros", "new_ones", "new_full", "zeros_like", "ones_like", "full_like"});
}

/// Asks for shape or type, not for values.
bool is_query(const std::string& plain_name) {
  return is_one_of(plain_name, {"size",       "sym_size", "dim",       "ndim",          "len",
                                "numel",      "shape",    "stride",    "is_contiguous", "is_floating_point",
                                "is_complex", "is_cuda",  "is_sparse", "is_quantized",  "is_mkldnn",
                                "dtype",      "device",   "layout",    "requires_grad", "is__",
                                "isnot__",    "format"});
}

bool holds_tensors(const IValue& value) {
  return !tensors_of(value).empty();
}

}  // namespace

void ParameterNames::add(const Tensor& tensor, const std::string& name) {
  by_tensor_.try_emplace(address(tensor), name);
  if (tensor.storage().nbytes() == tensor.nbytes()) by_storage_.try_emplace(storage_address(tensor), name);
}

std::string ParameterNames::find(const Tensor& tensor) const {
  if (const auto found = by_tensor_.find(address(tensor)); found != by_tensor_.end()) return found->second;
  const auto whole = by_storage_.find(storage_address(tensor));
  return whole != by_storage_.end() && tensor.storage().nbytes() == tensor.nbytes() ? whole->second : "";
}

void Recorder::start(const Probed& image) {
  Layer input;
  input.kind = Kind::input;
  input.name = "input";
  layers_.push_back(std::move(input));
  assign(image, 0);
}

void Recorder::record(Call& call) {
  check_fresh(call);
  const std::string plain = call.plain_name();
  if (is_dropout(plain) && layer_of(call.arguments[0].value) >= 0) return skip_dropout(call);
  if (plain == "batch_norm" && !call["running_mean"][0].isTensor())
    throw DataError(
        fmt::format("operator {} at {} has no running statistics: its output depends on the batch", call.name,
                    call.place));
  if (plain == "batch_norm") call.set("training", false);
  if (touches_images(call))
    record_layers(call);
  else
    record_made(call);
}

int Recorder::layer_of(const Probed& value) const {
  if (!value[0].isTensor()) return -1;
  const auto found = layer_of_.find(address(value[0].toTensor()));
  return found == layer_of_.end() ? -1 : found->second;
}

bool Recorder::from_image(const IValue& value) const {
  return std::ranges::any_of(tensors_of(value),
                             [&](const Tensor& t) { return layer_of_.contains(address(t)); });
}

bool Recorder::touches_images(const Call& call) const {
  return std::ranges::any_of(call.arguments, [&](const Argument& a) { return from_image(a.value[0]); });
}

bool Recorder::is_constant(const Probed& value) const {
  return !from_image(value[0]) && !depends_on_batch(value);
}

Parameter Recorder::parameter(const Probed& value, const std::string& role) const {
  const Tensor tensor = value[0].toTensor();
  const std::string name = names_.find(tensor);
  return {name.empty() ? "." + role : name, tensor.detach().contiguous()};
}

void Recorder::skip_dropout(Call& call) {
  Layer layer;
  layer.kind = Kind::dropout;
  const Probed& image = call.arguments[0].value;
  layer.inputs = {layer_of(image)};
  call.results = {image};
  assign(image, add_layer(std::move(layer), call));
}

void Recorder::record_layers(Call& call) {
  keep_written_constants(call);
  call.run();
  const bool asks_tensor =
      std::ranges::any_of(call.arguments, [&](const Argument& a) { return layer_of(a.value) >= 0; });
  for (std::size_t output = 0; output < call.outputs; ++output) {
    const Probed& result = call.results[output];
    if (result[0].isTensor()) {
      record_output(call, result, output, -1);
    } else if (result[0].isList() && holds_tensors(result[0])) {
      const auto first = result[0].toListRef(), second = result[1].toListRef();
      for (std::size_t e = 0; e < std::min(first.size(), second.size()); ++e)
        if (first[e].isTensor()) record_output(call, {first[e], second[e]}, output, static_cast<int>(e));
    } else if (asks_tensor && !result[0].isNone() && !is_query(call.plain_name())) {
      throw DataError(
          fmt::format("operator {} at {} makes a number of the image: what depends on its values has no "
                      "list of layers",
                      call.name, call.place));
    }
  }
  note_writes(call);
}

void Recorder::keep_written_constants(Call& call) const {
  for (Argument& argument : call.arguments) {
    if (!argument.written) continue;
    argument.before = argument.value;
    if (argument.value[0].isTensor() && is_constant(argument.value))
      for (IValue& value : argument.before) value = value.toTensor().clone();
  }
}

void Recorder::record_output(const Call& call, const Probed& value, std::size_t output, int element) {
  if (!value[0].toTensor().defined()) return;
  const auto same = [&](const Tensor& tensor) { return tensor.is_same(value[0].toTensor()); };
  bool given = false, written = false;
  for (const Argument& argument : call.arguments)
    if (std::ranges::any_of(tensors_of(argument.value[0]), same)) {
      given = true;
      written |= argument.written;
    }
  if (given && !written) return;
  if (!given && layer_of(value) >= 0) return;
  Meaning meaning;
  if (output == 0 && element < 0) meaning = meaning_of(call, *this);
  if (is_filled_like(call.plain_name()) && is_constant(value)) return;
  if (meaning.same_as >= 0) return assign(value, meaning.same_as);
  if (!meaning.layer) meaning.layer = opaque_layer(call, output, element);
  int index = add_layer(std::move(*meaning.layer), call);
  if (meaning.then_flatten) {
    Layer flatten;
    flatten.kind = Kind::flatten;
    flatten.inputs = {index};
    index = add_layer(std::move(flatten), call);
  }
  const Probed& argument = call["self"];
  if (is_one_of(call.plain_name(), {"softmax", "log_softmax"}) && argument[0].isTensor() &&
      call["dim"][0].isInt()) {
    const Tensor& before = argument[0].toTensor();
    if (at::maybe_wrap_dim(call["dim"][0].toInt(), before.dim()) == 1) before_softmax_[index] = before;
  }
  assign(value, index);
}

void Recorder::assign(const Probed& tensor, int layer) {
  for (const IValue& value : tensor) {
    hold(value.toTensor());
    layer_of_[address(value.toTensor())] = layer;
  }
}

void Recorder::hold(const Tensor& tensor) {
  held_.emplace_back(tensor.getIntrusivePtr());
}

int Recorder::add_layer(Layer layer, const Call& call) {
  layer.name = base_name(layer, call);
  layers_.push_back(std::move(layer));
  return static_cast<int>(layers_.size()) - 1;
}

std::string Recorder::base_name(const Layer& layer, const Call& call) const {
  if (!layer.parameters.empty()) {
    const std::string& name = layer.parameters[0].name;
    if (const std::size_t dot = name.rfind('.'); dot != std::string::npos && dot > 0)
      return name.substr(0, dot);
  }
  if (call.module.empty()) return call.plain_name();
  return call.innermost ? call.module : call.module + "." + call.plain_name();
}

void Recorder::check_fresh(const Call& call) const {
  if (written_.empty() || is_query(call.plain_name())) return;
  for (const Argument& argument : call.arguments)
    for (const Tensor& tensor : tensors_of(argument.value[0])) {
      const auto found = written_.find(storage_address(tensor));
      if (found != written_.end() && !found->second.current.contains(address(tensor)))
        throw DataError(
            fmt::format("operator {} at {} reads memory that an in-place operator changed through another "
                        "view: write that operator out of place",
                        call.name, call.place));
    }
}

void Recorder::note_writes(const Call& call) {
  for (const std::size_t probe : {std::size_t{0}, std::size_t{1}}) {
    for (const Argument& argument : call.arguments)
      if (argument.written)
        for (const Tensor& tensor : tensors_of(argument.value[probe]))
          if (tensor.has_storage())
            written_.insert_or_assign(storage_address(tensor),
                                      Written{StorageHandle(tensor.storage().getWeakStorageImpl()), {}});
    std::vector<Tensor> current;
    for (const Argument& argument : call.arguments)
      if (argument.written)
        for (const Tensor& tensor : tensors_of(argument.value[probe])) current.push_back(tensor);
    for (const Probed& result : call.results)
      for (const Tensor& tensor : tensors_of(result[probe])) current.push_back(tensor);
    for (const Tensor& tensor : current)
      if (const auto found = written_.find(storage_address(tensor)); found != written_.end()) {
        hold(tensor);
        found->second.current.insert(address(tensor));
      }
  }
}

}  // namespace assay::torchscript
