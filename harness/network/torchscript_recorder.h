#pragma once

#include <c10/util/intrusive_ptr.h>

#include <set>
#include <unordered_map>

#include "harness/network/network.h"
#include "harness/network/torchscript_call.h"
#include "harness/network/torchscript_opaque.h"

namespace assay::torchscript {

/// Parameters and buffers of a module by their tensors: found by identity, or by storage for a transposed
/// whole one.
class ParameterNames {
 public:
  void add(const Tensor& tensor, const std::string& name);
  /// "" when it is none.
  std::string find(const Tensor& tensor) const;

 private:
  std::unordered_map<const void*, std::string> by_tensor_, by_storage_;
};

/// Watches a program run on the two probes and writes down what happens to the image as a list of layers.
///
/// A layer's output is known by its tensor: an in-place operator returns the tensor it was given, which from
/// then on stands for the new layer wherever the program holds it. A tensor that shares memory with one
/// written later is stale: using it is an error that names the operator.
class Recorder {
 public:
  explicit Recorder(const ParameterNames& names) : names_(names) {}

  /// The network's input, layer 0, as the program is given it.
  void start(const Probed& image);
  /// Runs the operator on both probes and adds the layers it amounts to. Throws DataError for what cannot be
  /// a layer.
  void record(Call& call);

  struct Recorded {
    std::vector<Layer> layers;  // only those that the logits depend on
    Tensor logits;              // of the first probe, [N,K]
  };
  /// The list that ends with `result`; a softmax or log softmax at its end is left out: logits are before it.
  Recorded finish(const Probed& result);

  /// What the mapping to layers asks. The index of the layer whose output this is, or -1.
  int layer_of(const Probed& value) const;
  const Layer& layer(int index) const { return layers_.at(static_cast<std::size_t>(index)); }
  /// Neither from an image nor dependent on the batch size.
  bool is_constant(const Probed& value) const;
  /// A constant tensor as a layer's parameter, under its own name or `role` below the layer's.
  Parameter parameter(const Probed& value, const std::string& role) const;

 private:
  using Handle = c10::weak_intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>;
  using StorageHandle = c10::weak_intrusive_ptr<c10::StorageImpl>;
  struct Written {  // a storage that an in-place operator changed, and the tensors that are views of its
                    // latest content
    StorageHandle storage;
    std::set<const c10::TensorImpl*> current;
  };
  struct Draft {  // an opaque layer in the making
    std::vector<int> inputs;
    BatchFrom batch;
    bool needs_batch = false;
  };

  void hold(const Tensor& tensor);
  bool depends_on_batch(const Probed& value) const;
  bool from_image(const IValue& value) const;
  bool touches_images(const Call& call) const;
  void check_fresh(const Call& call) const;
  void note_writes(const Call& call);
  void skip_dropout(Call& call);
  void keep_written_constants(Call& call) const;
  void record_made(Call& call);
  void record_layers(Call& call);
  void record_output(const Call& call, const Probed& value, std::size_t output, int element);
  void assign(const Probed& tensor, int layer);
  int add_layer(Layer layer, const Call& call);
  Layer opaque_layer(const Call& call, std::size_t output, int element) const;
  Application application(const Call& call, std::size_t output, int element, Draft& draft) const;
  ExpressionPtr expression(const Probed& value, bool copied, Draft& draft, const Call& call) const;
  ExpressionPtr tensor_expression(const Probed& value, bool copied, Draft& draft, const Call& call) const;
  std::string base_name(const Layer& layer, const Call& call) const;

  const ParameterNames& names_;
  std::vector<Layer> layers_;
  std::unordered_map<const c10::TensorImpl*, int> layer_of_;
  std::unordered_map<const c10::TensorImpl*, ExpressionPtr>
      made_;  // tensors that depend on the batch size alone
  std::unordered_map<const c10::StorageImpl*, Written> written_;
  std::unordered_map<int, Tensor> before_softmax_;  // by layer: its first probe's input
  std::vector<Handle> held_;                        // keeps the addresses above from being used again
};

}  // namespace assay::torchscript
