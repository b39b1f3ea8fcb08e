#include "harness/network/weights.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "harness/core/error.h"
#include "harness/network/safetensors.h"

namespace assay {
namespace {

/// A shape with `*` where any size will do.
std::string wildcards(const Shape& shape) {
  std::vector<std::string> sides;
  for (const std::int64_t side : shape) sides.push_back(side < 0 ? "*" : std::to_string(side));
  return fmt::format("[{}]", fmt::join(sides, ","));
}

bool fits(const Shape& have, const Shape& needed) {
  const auto same = [](std::int64_t side, std::int64_t need) { return need < 0 || side == need; };
  return std::ranges::equal(have, needed, same);
}

/// What the graph needs, with the sides that may have any size as the file has them.
Shape completed(Shape needed, const Shape& have) {
  for (std::size_t i = 0; have.size() == needed.size() && i < needed.size(); ++i)
    if (needed[i] < 0) needed[i] = have[i];
  return needed;
}

}  // namespace

Weights::Weights(std::string file) : file_(std::move(file)), tensors_(read_safetensors(file_)) {}

std::string Weights::place(const std::string& tensor) const {
  return fmt::format("{}: tensor '{}'", file_, tensor);
}

const Tensor& Weights::stored(const std::string& tensor, const std::string& user) const {
  const auto found = tensors_.find(tensor);
  if (found == tensors_.end())
    throw DataError(fmt::format("{} is missing (layer '{}' needs it)", place(tensor), user));
  return found->second;
}

/// The values of a companion as a factor of `quantised` [O,...].
Tensor Weights::companion(const std::string& tensor, const Tensor& quantised, const std::string& user) const {
  const Tensor& values = stored(tensor, user);
  const bool one = values.numel() == 1;
  if (!values.is_floating_point() || (!one && values.numel() != quantised.size(0)))
    throw DataError(fmt::format("{}: needs 1 or {} floating-point values, has {} of type {}", place(tensor),
                                quantised.size(0), values.numel(), c10::toString(values.scalar_type())));
  Shape shape(quantised.dim(), 1);
  if (!one) shape[0] = quantised.size(0);
  return values.to(at::kFloat).reshape(shape);
}

Tensor Weights::widened(const std::string& tensor, const std::string& user) const {
  const Tensor& value = stored(tensor, user);
  if (value.is_floating_point()) return value.to(at::kFloat);
  if (value.scalar_type() != at::kByte && value.scalar_type() != at::kChar)
    throw DataError(fmt::format("{}: type {} cannot be a parameter; known: F64, F32, F16, U8, I8",
                                place(tensor), c10::toString(value.scalar_type())));
  if (value.dim() == 0)
    throw DataError(fmt::format("{}: a quantised tensor needs a dimension", place(tensor)));
  const Tensor zero_point = companion(tensor + ".zero_point", value, user);
  return (value.to(at::kFloat) - zero_point) * companion(tensor + ".scale", value, user);
}

Tensor Weights::get(const std::string& tensor, const Shape& needed, const std::string& user) const {
  const Shape have = stored(tensor, user).sizes().vec();
  if (!fits(have, needed))
    throw DataError(fmt::format("{}: file has {}, graph needs {}", place(tensor), wildcards(have),
                                wildcards(completed(needed, have))));
  return widened(tensor, user);
}

}  // namespace assay
