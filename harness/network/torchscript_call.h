#pragma once

#include <ATen/core/ivalue.h>

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "harness/core/error.h"
#include "harness/network/tensor.h"

namespace assay::torchscript {

using c10::IValue;

/// A TorchScript program is run once on each of two inputs that differ in nothing but their number of images:
/// what differs between the two runs depends on the batch size, everything else that no image reaches is
/// constant.
inline constexpr std::array<std::int64_t, 2> kProbeImages{2, 3};
using Probed = std::array<IValue, 2>;  // one value of the program, in both runs

/// An operator refuses what it is given: most often the input has another size than the network was made for.
class OperatorFailure : public DataError {
 public:
  using DataError::DataError;
};

struct Argument {
  std::string name;      // as in the operator's schema: "weight"
  bool written = false;  // a tensor that the operator changes in place
  Probed value;
  Probed before;  // of a written one: the value, or a copy of what a constant held before the operator ran
};

/// Takes its arguments from the stack and leaves its results there.
using Operation = std::function<void(std::vector<IValue>&)>;

/// One operator as the program is about to run it.
struct Call {
  std::string name;  // "aten::relu_"
  std::vector<Argument> arguments;
  Operation operation;
  std::size_t outputs = 1;
  std::string module;           // dotted path of the module whose code this is; "" for the outermost
  bool innermost = false;       // that module has none below it
  std::string place;            // "resnet.py:93", for messages
  std::vector<Probed> results;  // after run()

  /// The argument of that name; a None where the schema has none.
  const Probed& operator[](std::string_view argument) const;
  void set(std::string_view argument, const IValue& value);
  /// Runs the operator on both probes. Throws OperatorFailure naming operator and place.
  void run();
  /// "relu": without namespace and in-place mark.
  std::string plain_name() const;
};

/// All tensors in a value, lists, tuples and dictionaries opened.
std::vector<Tensor> tensors_of(const IValue& value);

}  // namespace assay::torchscript
