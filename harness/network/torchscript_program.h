#pragma once

#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/ir.h>

#include <string>
#include <unordered_map>
#include <vector>

#include "harness/network/torchscript_recorder.h"

namespace assay::torchscript {

/// Runs a TorchScript program on both probes and shows every operator to a recorder. Calls are entered, so
/// that each operator is known with its module; branches and loops are followed: their conditions must be the
/// same for every image.
class Program {
 public:
  explicit Program(Recorder& recorder) : recorder_(recorder) {}

  /// module.forward(image). Throws DataError naming operator and place for what cannot be followed.
  Probed forward(const torch::jit::Module& module, const Probed& image);

 private:
  using Frame = std::unordered_map<const torch::jit::Value*, Probed>;
  struct Scope {
    std::string module;  // dotted path
    bool innermost = false;
  };

  std::vector<Probed> run_function(torch::jit::Function& function, const std::vector<Probed>& arguments);
  std::vector<Probed> run_block(const torch::jit::Block& block, Frame& frame);
  void run_node(torch::jit::Node& node, Frame& frame);
  /// Constants, and what only packs and unpacks values. False for anything else.
  bool run_structure(torch::jit::Node& node, Frame& frame);
  void run_if(torch::jit::Node& node, Frame& frame);
  void run_loop(torch::jit::Node& node, Frame& frame);
  void get_attribute(torch::jit::Node& node, Frame& frame);
  void call_method(torch::jit::Node& node, Frame& frame);
  void call_function(torch::jit::Node& node, Frame& frame);
  void run_operator(torch::jit::Node& node, Frame& frame);

  static const Probed& value_in(const torch::jit::Value* value, const Frame& frame) {
    return frame.at(value);
  }

  Recorder& recorder_;
  Scope scope_;
  std::unordered_map<const c10::ivalue::Object*, std::string> paths_;
};

}  // namespace assay::torchscript
