#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>

#include "harness/network/tensor.h"
#include "harness/network/torchscript_program.h"

namespace assay::torchscript {
namespace {

namespace prim = c10::prim;

template <class Make>
Probed in_both(Make make) {
  return {make(std::size_t{0}), make(std::size_t{1})};
}

}  // namespace

bool Program::run_structure(torch::jit::Node& node, Frame& frame) {
  const auto input = [&](std::size_t i, std::size_t probe) {
    return value_in(node.inputs()[i], frame)[probe];
  };
  const auto inputs = [&](std::size_t probe) {
    std::vector<IValue> values;
    for (std::size_t i = 0; i < node.inputs().size(); ++i) values.push_back(input(i, probe));
    return values;
  };
  const auto give = [&](std::size_t output, auto make) { frame[node.outputs()[output]] = in_both(make); };
  switch (node.kind()) {
    case prim::Constant: {
      const auto value = torch::jit::toIValue(node.output());
      give(0, [&](std::size_t) { return value ? *value : IValue(); });
      return true;
    }
    case prim::Uninitialized:
      give(0, [](std::size_t) { return IValue(); });
      return true;
    case prim::unchecked_cast:
      give(0, [&](std::size_t probe) { return input(0, probe); });
      return true;
    case prim::TupleConstruct:
      give(0, [&](std::size_t probe) { return IValue(c10::ivalue::Tuple::create(inputs(probe))); });
      return true;
    case prim::ListConstruct:
      give(0, [&](std::size_t probe) {
        c10::impl::GenericList list(node.output()->type()->containedType(0));
        for (IValue& value : inputs(probe)) list.push_back(std::move(value));
        return IValue(list);
      });
      return true;
    case prim::DictConstruct:
      give(0, [&](std::size_t probe) {
        const c10::TypePtr type = node.output()->type();
        c10::impl::GenericDict dictionary(type->containedType(0), type->containedType(1));
        for (std::size_t i = 0; i + 1 < node.inputs().size(); i += 2)
          dictionary.insert_or_assign(input(i, probe), input(i + 1, probe));
        return IValue(dictionary);
      });
      return true;
    case prim::TupleUnpack:
      for (std::size_t i = 0; i < node.outputs().size(); ++i)
        give(i, [&](std::size_t probe) { return IValue(input(0, probe).toTupleRef().elements()[i]); });
      return true;
    case prim::ListUnpack:
      for (std::size_t i = 0; i < node.outputs().size(); ++i)
        give(i, [&](std::size_t probe) { return IValue(input(0, probe).toListRef().at(i)); });
      return true;
    case prim::isinstance:
      give(0, [&](std::size_t probe) {
        const c10::TypePtr type = input(0, probe).type();
        return IValue(std::ranges::any_of(node.tys(c10::attr::types), [&](const c10::TypePtr& wanted) {
          return type->isSubtypeOf(*wanted);
        }));
      });
      return true;
    default:
      return false;
  }
}

}  // namespace assay::torchscript
