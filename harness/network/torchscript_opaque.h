#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/network/network.h"
#include "harness/network/torchscript_call.h"

namespace assay::torchscript {

/// What an argument of an opaque operator has to be, said in terms of the layer's inputs. Immutable.
class Expression {
 public:
  virtual ~Expression() = default;
  /// `images`: the batch size, for what depends on it.
  virtual IValue value(std::span<const Tensor> inputs, std::int64_t images) const = 0;
  virtual std::shared_ptr<const Expression> to(at::Device device, at::ScalarType type) const = 0;
  /// Text that tells it from any other expression: constants with their content.
  virtual std::string identity() const = 0;
};
using ExpressionPtr = std::shared_ptr<const Expression>;

/// The same in every run (a fresh copy each time when the operator writes into it). Tensors move with the
/// network, and so do device arguments.
ExpressionPtr constant(IValue value, bool copied = false);
/// Input `index` of the layer, or a copy of it when the operator is going to write into it.
ExpressionPtr input(std::size_t index, bool copied);
/// per_image * images + offset, an integer.
ExpressionPtr batch_size(std::int64_t per_image, std::int64_t offset);
/// A list or tuple of what the elements give, of the same type as `like`.
ExpressionPtr sequence(const IValue& like, std::vector<ExpressionPtr> elements);

/// An operator of a program with its arguments.
struct Application {
  std::string name;  // "aten::hardswish"
  Operation operation;
  std::vector<ExpressionPtr> arguments;
  std::size_t outputs = 1;
  std::size_t output = 0;  // which of them
  int element = -1;        // of the list that this output is; -1: it is a tensor
};
/// What an operator gives that reaches no image but depends on the batch size (zeros(batch, 4)).
ExpressionPtr applied(Application application);

/// Where an opaque layer reads its batch size: the size of a dimension of an input, divided. Divisor 0: it
/// needs none.
struct BatchFrom {
  std::size_t input = 0;
  std::int64_t dimension = 0;
  std::int64_t divisor = 0;
};
/// Called as it is without the mark of an in-place operator: its inputs stay as they are.
std::shared_ptr<const OpaqueOperator> opaque_operator(Application application, BatchFrom batch);

}  // namespace assay::torchscript
