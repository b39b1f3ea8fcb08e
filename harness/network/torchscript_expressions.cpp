#include <fmt/format.h>

#include <algorithm>

#include "harness/core/error.h"
#include "harness/network/tensor.h"
#include "harness/network/torchscript_recorder.h"

namespace assay::torchscript {
namespace {

bool same_tensor(const Tensor& a, const Tensor& b) {
  if (a.is_same(b)) return true;
  return a.defined() && b.defined() && a.scalar_type() == b.scalar_type() && a.sizes() == b.sizes() &&
         a.equal(b);
}

/// Elements of a list or tuple.
std::vector<IValue> elements_of(const IValue& value) {
  if (value.isTuple()) return value.toTupleRef().elements().vec();
  return value.toListRef().vec();
}

bool is_sequence(const IValue& value) {
  return value.isTuple() || value.isList();
}

bool same(const IValue& a, const IValue& b) {
  if (a.isTensor() && b.isTensor()) return same_tensor(a.toTensor(), b.toTensor());
  if (is_sequence(a) && is_sequence(b)) return std::ranges::equal(elements_of(a), elements_of(b), same);
  if (a.isDouble() && b.isDouble()) return a.toDouble() == b.toDouble() || (a.toDouble() != a.toDouble());
  if (a.isPtrType() && b.isPtrType() && !a.isString()) return a.is(b);
  return a.tagKind() == b.tagKind() && a == b;
}

/// A dimension of an input that grows with the number of images.
BatchFrom batch_in(const Probed& value, std::size_t input) {
  const Tensor &first = value[0].toTensor(), &second = value[1].toTensor();
  for (std::int64_t d = 0; d < std::min(first.dim(), second.dim()); ++d)
    if (first.size(d) != second.size(d) &&
        first.size(d) * kProbeImages[1] == second.size(d) * kProbeImages[0])
      return {input, d, first.size(d) / kProbeImages[0]};
  return {};
}

/// Layers need not keep the memory layout that the program's tensors had: where it says view, reshape is
/// meant.
Operation without_layout(const Call& call) {
  if (call.name != "aten::view" || !call["size"][0].isIntList()) return call.operation;
  return [](std::vector<IValue>& stack) { stack = {stack[0].toTensor().reshape(stack[1].toIntVector())}; };
}

[[noreturn]] void fail_batch(const Call& call) {
  throw DataError(
      fmt::format("operator {} at {} uses something that depends on the batch size", call.name, call.place));
}

}  // namespace

bool Recorder::depends_on_batch(const Probed& value) const {
  const auto made = [&](const Tensor& tensor) { return made_.contains(tensor.unsafeGetTensorImpl()); };
  return std::ranges::any_of(tensors_of(value[0]), made) || !same(value[0], value[1]);
}

void Recorder::record_made(Call& call) {
  const auto batched = [&](const Argument& argument) { return depends_on_batch(argument.value); };
  const bool made = std::ranges::any_of(call.arguments, batched);
  if (made) keep_written_constants(call);
  call.run();
  if (!made) return;
  for (std::size_t output = 0; output < call.outputs; ++output) {
    const Probed& result = call.results[output];
    if (!result[0].isTensor()) continue;
    Draft draft;
    const ExpressionPtr expression = applied(application(call, output, -1, draft));
    for (const IValue& value : result) {
      hold(value.toTensor());
      made_[value.toTensor().unsafeGetTensorImpl()] = expression;
    }
  }
  note_writes(call);
}

Layer Recorder::opaque_layer(const Call& call, std::size_t output, int element) const {
  Draft draft;
  Application whole = application(call, output, element, draft);
  if (draft.needs_batch && draft.batch.divisor == 0) fail_batch(call);
  Layer layer;
  layer.kind = Kind::opaque;
  layer.inputs = draft.inputs;
  layer.opaque = opaque_operator(std::move(whole), draft.needs_batch ? draft.batch : BatchFrom{});
  return layer;
}

Application Recorder::application(const Call& call, std::size_t output, int element, Draft& draft) const {
  Application result{call.name, without_layout(call), {}, call.outputs, output, element};
  for (const Argument& argument : call.arguments)
    result.arguments.push_back(
        expression(argument.written ? argument.before : argument.value, argument.written, draft, call));
  return result;
}

ExpressionPtr Recorder::expression(const Probed& value, bool copied, Draft& draft, const Call& call) const {
  if (value[0].isTensor() && value[1].isTensor()) return tensor_expression(value, copied, draft, call);
  if (is_constant(value)) return constant(value[0]);
  if (value[0].isInt() && value[1].isInt()) {
    const std::int64_t per_image =
        (value[1].toInt() - value[0].toInt()) / (kProbeImages[1] - kProbeImages[0]);
    draft.needs_batch = true;
    return batch_size(per_image, value[0].toInt() - per_image * kProbeImages[0]);
  }
  if (!is_sequence(value[0]) || !is_sequence(value[1])) fail_batch(call);
  const std::vector<IValue> first = elements_of(value[0]), second = elements_of(value[1]);
  if (first.size() != second.size()) fail_batch(call);
  std::vector<ExpressionPtr> elements;
  for (std::size_t i = 0; i < first.size(); ++i)
    elements.push_back(expression({first[i], second[i]}, false, draft, call));
  return sequence(value[0], std::move(elements));
}

ExpressionPtr Recorder::tensor_expression(const Probed& value, bool copied, Draft& draft,
                                          const Call& call) const {
  if (const int layer = layer_of(value); layer >= 0) {
    const auto found = std::ranges::find(draft.inputs, layer);
    const auto index = static_cast<std::size_t>(found - draft.inputs.begin());
    if (found == draft.inputs.end()) {
      draft.inputs.push_back(layer);
      if (draft.batch.divisor == 0) draft.batch = batch_in(value, index);
    }
    return input(index, copied);
  }
  const auto made = made_.find(value[0].toTensor().unsafeGetTensorImpl());
  if (made != made_.end()) {
    draft.needs_batch = true;
    return made->second;
  }
  if (!same(value[0], value[1])) fail_batch(call);
  const Tensor tensor = value[0].toTensor();
  return constant(names_.find(tensor).empty() ? tensor.clone() : tensor, copied);
}

}  // namespace assay::torchscript
