#include "harness/network/torchscript_program.h"

#include <fmt/format.h>
#include <torch/csrc/jit/api/function_impl.h>

#include <algorithm>
#include <filesystem>

#include "harness/core/error.h"
#include "harness/network/tensor.h"

namespace assay::torchscript {
namespace {

namespace jit = torch::jit;
namespace prim = c10::prim;

/// "resnet.py:93", of the Python source when the file says it.
std::string place_of(const jit::Node& node) {
  const jit::SourceRange range = node.sourceRange();
  const auto origin = range.findSourceRangeThatGenerated();
  for (const auto& where :
       {origin ? origin->file_line_col() : decltype(range.file_line_col())(), range.file_line_col()})
    if (where && !std::get<0>(*where).empty())
      return fmt::format("{}:{}", std::filesystem::path(std::get<0>(*where)).filename().string(),
                         std::get<1>(*where));
  return "an unknown place";
}

std::string name_of(const jit::Node& node) {
  return node.kind().toQualString();
}

[[noreturn]] void fail(const jit::Node& node, const std::string& problem) {
  throw DataError(fmt::format("operator {} at {} {}", name_of(node), place_of(node), problem));
}

bool has_modules(const c10::ClassTypePtr& type) {
  return std::ranges::any_of(type->getAttributes(), [](const auto& a) { return a.getType()->is_module(); });
}

/// Values that nothing after `node` in its own block needs any more: activations are freed as the program
/// goes.
void forget(jit::Node& node, std::unordered_map<const jit::Value*, Probed>& frame) {
  for (jit::Value* input : node.inputs()) {
    if (input->node()->owningBlock() != node.owningBlock()) continue;
    const bool last = std::ranges::all_of(
        input->uses(), [&](const jit::Use& use) { return use.user == &node || use.user->isBefore(&node); });
    if (last) frame.erase(input);
  }
}

bool agreed_bool(const jit::Node& node, const Probed& value) {
  if (value[0].toBool() != value[1].toBool()) fail(node, "depends on the batch size");
  return value[0].toBool();
}

/// Operators with any number of arguments expect that number above them.
Operation operation_of(const jit::Node& node) {
  const bool counted = node.schema().is_vararg();
  const auto count = static_cast<std::int64_t>(node.inputs().size());
  return [operation = node.getOperation(), counted, count](std::vector<IValue>& stack) mutable {
    if (counted) stack.emplace_back(count);
    operation(stack);
  };
}

}  // namespace

Probed Program::forward(const jit::Module& module, const Probed& image) {
  const auto object = module._ivalue();
  paths_[object.get()] = "";
  scope_ = {"", !has_modules(object->type())};
  jit::Function& function = object->type()->getMethod("forward");
  const auto& arguments = function.getSchema().arguments();
  std::vector<Probed> values{{object, object}, image};
  if (arguments.size() < 2) throw DataError("forward takes no input");
  for (std::size_t i = 2; i < arguments.size(); ++i) {
    if (!arguments[i].default_value())
      throw DataError(fmt::format("forward takes {} inputs: expected the image alone", arguments.size() - 1));
    values.push_back({*arguments[i].default_value(), *arguments[i].default_value()});
  }
  return run_function(function, values).at(0);
}

std::vector<Probed> Program::run_function(jit::Function& function, const std::vector<Probed>& arguments) {
  const std::shared_ptr<jit::Graph> graph = jit::toGraphFunction(function).graph();
  ASSAY_ASSERT(graph->inputs().size() == arguments.size());
  Frame frame;
  for (std::size_t i = 0; i < arguments.size(); ++i) frame[graph->inputs()[i]] = arguments[i];
  return run_block(*graph->block(), frame);
}

std::vector<Probed> Program::run_block(const jit::Block& block, Frame& frame) {
  for (jit::Node* node : const_cast<jit::Block&>(block).nodes()) {
    run_node(*node, frame);
    forget(*node, frame);
  }
  std::vector<Probed> results;
  for (const jit::Value* output : block.outputs()) results.push_back(value_in(output, frame));
  return results;
}

void Program::run_node(jit::Node& node, Frame& frame) {
  switch (node.kind()) {
    case prim::If:
      return run_if(node, frame);
    case prim::Loop:
      return run_loop(node, frame);
    case prim::GetAttr:
      return get_attribute(node, frame);
    case prim::CallMethod:
      return call_method(node, frame);
    case prim::CallFunction:
      return call_function(node, frame);
    case prim::RaiseException:
      fail(node, fmt::format("is reached: {}", value_in(node.inputs()[0], frame)[0].toStringRef()));
    default:
      break;
  }
  if (node.kind() == c10::Symbol::fromQualString("aten::warn") || run_structure(node, frame)) return;
  if (!node.maybeOperator()) fail(node, "is not one that can be followed");
  run_operator(node, frame);
}

void Program::run_if(jit::Node& node, Frame& frame) {
  const bool taken = agreed_bool(node, value_in(node.inputs()[0], frame));
  const std::vector<Probed> results = run_block(*node.blocks()[taken ? 0 : 1], frame);
  for (std::size_t i = 0; i < results.size(); ++i) frame[node.outputs()[i]] = results[i];
}

void Program::run_loop(jit::Node& node, Frame& frame) {
  const Probed limit = value_in(node.inputs()[0], frame);
  if (limit[0].toInt() != limit[1].toInt()) fail(node, "depends on the batch size");
  bool go_on = agreed_bool(node, value_in(node.inputs()[1], frame));
  std::vector<Probed> carried;
  for (std::size_t i = 2; i < node.inputs().size(); ++i) carried.push_back(value_in(node.inputs()[i], frame));
  const jit::Block& body = *node.blocks()[0];
  for (std::int64_t turn = 0; turn < limit[0].toInt() && go_on; ++turn) {
    frame[body.inputs()[0]] = {turn, turn};
    for (std::size_t i = 0; i < carried.size(); ++i) frame[body.inputs()[i + 1]] = carried[i];
    std::vector<Probed> results = run_block(body, frame);
    go_on = agreed_bool(node, results[0]);
    carried.assign(results.begin() + 1, results.end());
  }
  for (std::size_t i = 0; i < carried.size(); ++i) frame[node.outputs()[i]] = carried[i];
}

void Program::get_attribute(jit::Node& node, Frame& frame) {
  const auto object = value_in(node.inputs()[0], frame)[0].toObject();
  const std::string& name = node.s(c10::attr::name);
  const IValue value = object->getAttr(name);
  if (value.isObject()) {
    const std::string& path = paths_[object.get()];
    paths_.try_emplace(value.toObject().get(), path.empty() ? name : path + "." + name);
  }
  frame[node.outputs()[0]] = {value, value};
}

void Program::call_method(jit::Node& node, Frame& frame) {
  std::vector<Probed> arguments;
  for (const jit::Value* input : node.inputs()) arguments.push_back(value_in(input, frame));
  const IValue& self = arguments[0][0];
  jit::Function* method =
      self.isObject() ? self.toObject()->type()->findMethod(node.s(c10::attr::name)) : nullptr;
  if (!method || !method->isGraphFunction()) fail(node, "is not one that can be followed");
  const Scope outer = scope_;
  scope_ = {paths_[self.toObject().get()], !has_modules(self.toObject()->type())};
  const std::vector<Probed> results = run_function(*method, arguments);
  scope_ = outer;
  frame[node.outputs()[0]] = results.at(0);
}

void Program::call_function(jit::Node& node, Frame& frame) {
  jit::Function* function = node.inputs()[0]->type()->expectRef<c10::FunctionType>().function();
  if (!function->isGraphFunction()) fail(node, "is not one that can be followed");
  std::vector<Probed> arguments;
  for (std::size_t i = 1; i < node.inputs().size(); ++i)
    arguments.push_back(value_in(node.inputs()[i], frame));
  frame[node.outputs()[0]] = run_function(*function, arguments).at(0);
}

void Program::run_operator(jit::Node& node, Frame& frame) {
  Call call;
  call.name = name_of(node);
  call.outputs = node.outputs().size();
  call.module = scope_.module;
  call.innermost = scope_.innermost;
  call.place = place_of(node);
  call.operation = operation_of(node);
  const auto& schema = node.schema().arguments();
  for (std::size_t i = 0; i < node.inputs().size(); ++i) {
    Argument argument;
    argument.value = value_in(node.inputs()[i], frame);
    if (i < schema.size()) {
      argument.name = schema[i].name();
      argument.written =
          schema[i].alias_info() && schema[i].alias_info()->isWrite() && argument.value[0].isTensor();
    }
    call.arguments.push_back(std::move(argument));
  }
  recorder_.record(call);
  for (std::size_t i = 0; i < call.outputs; ++i) frame[node.outputs()[i]] = call.results[i];
}

}  // namespace assay::torchscript
