#include "harness/network/torchscript_call.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/core/error.h"
#include "harness/core/first_line.h"
#include "harness/network/tensor.h"

namespace assay::torchscript {

const Probed& Call::operator[](std::string_view argument) const {
  static const Probed none;
  const auto found = std::ranges::find(arguments, argument, &Argument::name);
  return found == arguments.end() ? none : found->value;
}

void Call::set(std::string_view argument, const IValue& value) {
  const auto found = std::ranges::find(arguments, argument, &Argument::name);
  if (found != arguments.end()) found->value = {value, value};
}

void Call::run() {
  results.assign(outputs, {});
  for (std::size_t probe = 0; probe < kProbeImages.size(); ++probe) {
    std::vector<IValue> stack;
    for (const Argument& argument : arguments) stack.push_back(argument.value[probe]);
    try {
      operation(stack);
    } catch (const std::exception& error) {
      throw OperatorFailure(
          fmt::format("operator {} at {} fails: {}", name, place, first_line(error.what())));
    }
    ASSAY_ASSERT(stack.size() == outputs);
    for (std::size_t i = 0; i < outputs; ++i) results[i][probe] = stack[i];
  }
}

std::string Call::plain_name() const {
  std::string plain = name.substr(name.find("::") == std::string::npos ? 0 : name.find("::") + 2);
  while (plain.size() > 1 && plain.back() == '_') plain.pop_back();
  while (plain.size() > 1 && plain.front() == '_') plain.erase(plain.begin());
  return plain;
}

std::vector<Tensor> tensors_of(const IValue& value) {
  if (value.isTensor())
    return value.toTensor().defined() ? std::vector{value.toTensor()} : std::vector<Tensor>{};
  std::vector<Tensor> found;
  const auto append = [&](const IValue& element) {
    const std::vector<Tensor> inner = tensors_of(element);
    found.insert(found.end(), inner.begin(), inner.end());
  };
  if (value.isTensorList()) return value.toTensorVector();
  if (value.isList())
    for (const IValue& element : value.toListRef()) append(element);
  if (value.isTuple())
    for (const IValue& element : value.toTupleRef().elements()) append(element);
  if (value.isGenericDict())
    for (const auto& entry : value.toGenericDict()) append(entry.value());
  return found;
}

}  // namespace assay::torchscript
