#include "harness/network/layer_check.h"

#include <fmt/format.h>

#include <limits>

#include "harness/core/error.h"

namespace assay {
namespace {

constexpr std::size_t kMany = std::numeric_limits<std::size_t>::max();

struct Range {
  std::size_t least, most;
};

Range inputs_of(Kind kind) {
  switch (kind) {
    case Kind::input:
      return {0, 0};
    case Kind::concat:
    case Kind::add:
      return {1, kMany};
    case Kind::broadcast_like:
      return {2, 2};
    case Kind::opaque:
      return {0, kMany};
    default:
      return {1, 1};
  }
}

Range parameters_of(Kind kind) {
  switch (kind) {
    case Kind::conv:
    case Kind::linear:
      return {1, 2};
    case Kind::batch_norm:
      return {4, 4};
    default:
      return {0, 0};
  }
}

void check_count(const Layer& layer, std::size_t count, Range range, std::string_view noun) {
  if (count >= range.least && count <= range.most) return;
  std::string needed = std::to_string(range.least);
  if (range.most == kMany)
    needed += " or more";
  else if (range.most != range.least)
    needed += fmt::format(" to {}", range.most);
  fail_layer(layer, fmt::format("has {} {}, needs {}", count, noun, needed));
}

}  // namespace

void fail_layer(const Layer& layer, std::string_view what) {
  throw DataError(fmt::format("layer '{}' ({}): {}", layer.name, name_of(layer.kind), what));
}

void check_inputs(const Layer& layer) {
  check_count(layer, layer.inputs.size(), inputs_of(layer.kind), "inputs");
}

void check_parameters(const Layer& layer) {
  check_count(layer, layer.parameters.size(), parameters_of(layer.kind), "parameters");
  for (const Parameter& parameter : layer.parameters)
    if (!parameter.value.defined())
      fail_layer(layer, fmt::format("parameter '{}' has no value", parameter.name));
  if (layer.kind == Kind::opaque && !layer.opaque) fail_layer(layer, "has no operator");
}

}  // namespace assay
