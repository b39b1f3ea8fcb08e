#pragma once

#include <algorithm>
#include <optional>

#include "harness/network/torchscript_layers.h"

namespace assay::torchscript {

using Ints = std::vector<std::int64_t>;
using Pair = std::array<std::int64_t, 2>;

/// A call's arguments, read for the mapping.
struct Reader {
  const Call& call;
  const Recorder& recorder;

  bool has(std::string_view name) const { return !call[name][0].isNone(); }
  int layer(std::string_view name) const { return recorder.layer_of(call[name]); }
  std::int64_t dim(std::string_view name) const { return call[name][0].toTensor().dim(); }
  at::IntArrayRef sizes(std::string_view name) const { return call[name][0].toTensor().sizes(); }
  bool is_constant_tensor(std::string_view name) const {
    return call[name][0].isTensor() && recorder.is_constant(call[name]);
  }
  bool is_constant_or_none(std::string_view name) const { return !has(name) || is_constant_tensor(name); }
  std::optional<Ints> ints(std::string_view name) const {
    const Probed& value = call[name];
    if (!value[0].isIntList() || !recorder.is_constant(value)) return std::nullopt;
    return value[0].toIntVector();
  }
  /// One or two numbers as height and width; `fallback` for an empty list.
  std::optional<Pair> pair(std::string_view name, const Pair& fallback) const {
    const auto list = ints(name);
    if (!list || list->size() > 2) return std::nullopt;
    if (list->empty()) return fallback;
    return Pair{list->front(), list->back()};
  }
  bool flag(std::string_view name) const { return call[name][0].isBool() && call[name][0].toBool(); }
  double number(std::string_view name, double fallback) const {
    const IValue& value = call[name][0];
    return value.isScalar() ? value.toScalar().toDouble() : fallback;
  }
};

inline Layer layer_of_kind(Kind kind, std::vector<int> inputs) {
  Layer layer;
  layer.kind = kind;
  layer.inputs = std::move(inputs);
  return layer;
}

inline Meaning meaning(Layer layer) {
  return {std::move(layer)};
}
inline Meaning same_as(int layer) {
  return {std::nullopt, layer};
}
inline std::array<std::int64_t, 4> both_sides(const Pair& pad) {
  return {pad[0], pad[1], pad[0], pad[1]};
}

/// Operators with weights.
Meaning convolution(const Reader& r);
Meaning linear(const Reader& r);
Meaning addmm(const Reader& r);
Meaning matmul(const Reader& r);
Meaning batch_norm(const Reader& r);
/// The bias of a linear layer that has none yet: the same layer again, with it. The first one falls away
/// unless used.
Meaning add_bias(const Reader& r, std::string_view input, std::string_view bias);

}  // namespace assay::torchscript
