#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/hash.h"
#include "harness/network/form.h"
#include "harness/network/tensor.h"

namespace assay {

/// What a layer computes. Everything that has no kind of its own is `opaque`: run as it is.
enum class Kind {
  input,       // layer 0 of every network
  conv,        // cross-correlation; zero padding of its own on each side, groups, dilation
  linear,      // flattens its input; y = W x + b
  batch_norm,  // inference form: gamma (x - mean) / sqrt(var + eps) + beta
  relu,
  relu6,
  leaky_relu,
  max_pool,         // padded with -inf; first maximum in row-major order wins
  avg_pool,         // the window's valid part is averaged unless count_include_pad
  global_avg_pool,  // [N,C,H,W] -> [N,C,1,1]
  global_max_pool,
  lrn,     // across channels: x / (k + alpha/size * sum x^2)^beta, zero beyond the first and last channel
  concat,  // channels
  add,
  dropout,         // identity
  flatten,         // [N,C,H,W] -> [N,C*H*W]
  softmax,         // over dimension 1
  broadcast_like,  // input 0 ([N,C,1,1]) repeated to the size of input 1
  pad_channels,    // x[:,:,::2,::2] with zero channels before and after (option A shortcut)
  opaque,
};
std::string_view name_of(Kind kind);

/// Settings of all kinds; each uses its own few.
struct Attributes {
  std::array<std::int64_t, 2> kernel{1, 1};  // height, width
  std::array<std::int64_t, 2> stride{1, 1};
  std::array<std::int64_t, 4> pad{0, 0, 0, 0};  // top, left, bottom, right; max_pool: negative = left out
  std::array<std::int64_t, 2> dilation{1, 1};
  std::int64_t groups = 1;
  bool ceil_mode =
      false;  // the last pooling window may overhang, but starts inside the input or its top/left padding
  bool count_include_pad = false;           // avg_pool
  double epsilon = 0;                       // batch_norm
  double slope = 0;                         // leaky_relu
  std::int64_t size = 5;                    // lrn: channels
  double alpha = 1e-4, beta = 0.75, k = 1;  // lrn
  std::int64_t before = 0, after = 0;       // pad_channels
};

/// A parameter keeps the name it has in its file.
struct Parameter {
  std::string name;
  Tensor value;
};

/// An operator without a kind of its own (from a TorchScript file). Must be differentiable by autograd.
class OpaqueOperator {
 public:
  virtual ~OpaqueOperator() = default;
  virtual std::string name() const = 0;  // "aten::hardswish"
  /// Everything that tells it from another operator of that name (constants, captured tensors): part of the
  /// network's hash.
  virtual std::string identity() const { return name(); }
  virtual Tensor run(std::span<const Tensor> inputs) const = 0;
  /// The same operator with its tensors on another device or of another type.
  virtual std::shared_ptr<const OpaqueOperator> to(at::Device device, at::ScalarType type) const = 0;
};

class PackedConvolution;

struct Layer {
  Kind kind = Kind::opaque;
  std::string name = {};
  std::vector<int> inputs = {};  // indices of earlier layers
  Attributes attributes = {};
  /// conv, linear: weight [O,I/groups,kh,kw] or [O,I], then the bias if there is one. batch_norm: gamma,
  /// beta, mean, var.
  std::vector<Parameter> parameters = {};
  std::shared_ptr<const OpaqueOperator> opaque = nullptr;
  /// conv of an inference form: computes it, and what it has absorbed, instead.
  std::shared_ptr<const PackedConvolution> packed = nullptr;
  /// Layer of an inference form: maps may come blocked (blocked.h).
  bool reads_blocks = false;

  const Tensor& weight() const { return parameters.at(0).value; }
  Tensor bias() const { return parameters.size() > 1 ? parameters[1].value : Tensor(); }
};

/// How an image becomes the network's input: x = (pixel * pre_scale - mean) / std, per channel in channel
/// order.
struct Preprocess {
  enum class Resize {
    none,
    warp,
    short_side
  };  // warp: to size x size; short_side: short side = size, aspect kept
  enum class Crop { none, center, top_left };
  std::int64_t height = 0, width = 0;  // network input
  bool bgr = false;
  double pre_scale = 1;
  std::array<double, 3> mean{0, 0, 0};
  std::array<double, 3> std{1, 1, 1};
  Tensor mean_image = {};  // [3,H,W] or undefined; replaces `mean`
  Resize resize = Resize::none;
  std::int64_t resize_size = 0;  // px
  Crop crop = Crop::none;
  /// The authors' code: the top-left square of the short side, resized to the input (papers.md 8.4, "image").
  bool top_left_square = false;
};

/// An immutable list of layers in topological order, single assignment; the last one gives the logits [N,K]
/// (loaders end a network that would give [N,K,1,1] with a flatten layer named "logits"). Cheap to copy:
/// copies share their tensors. Layer 0 is the input.
class Network {
 public:
  /// Throws DataError when a layer refers to a later one, a name appears twice, or a layer has too few inputs
  /// or parameters.
  Network(std::string name, std::vector<Layer> layers, Preprocess preprocess,
          std::vector<std::string> classes);

  const std::string& name() const { return self_->name; }
  std::span<const Layer> layers() const { return self_->layers; }
  int size() const { return static_cast<int>(self_->layers.size()); }
  int output() const { return size() - 1; }
  const Preprocess& preprocess() const { return self_->preprocess; }
  /// One line an output index, or empty; the first word is the class's key (wnid, Places path, name).
  const std::vector<std::string>& classes() const { return self_->classes; }
  /// Number of classes K.
  std::int64_t outputs() const;

  /// Index of the layer of that name. Throws ConfigError listing near names.
  int find(std::string_view name) const;
  bool contains(std::string_view name) const;

  /// Pixels [N,3,H,W] (0..255, channel order of the network) -> network input [N,3,H,W]; differentiable.
  Tensor normalise(const Tensor& pixels) const;

  /// Input [N,3,H,W] -> logits [N,K]. No gradient is recorded; activations are freed after their last use.
  /// Computes in the type of the parameters on their device. The same bits as activations().
  Tensor forward(const Tensor& input) const;
  /// The outputs of ALL layers, by layer index; element 0 is the input, the last one the logits. No gradient
  /// is recorded. Identities (dropout, flatten) share memory with their input: treat the tensors as constant.
  std::vector<Tensor> activations(const Tensor& input) const;

  /// One layer alone: inputs in the order of layer.inputs -> output. Differentiable by autograd where grad
  /// mode is on.
  static Tensor run(const Layer& layer, std::span<const Tensor> inputs);
  /// The same bits; overwrites an input whose memory nobody else holds. No gradient may be wanted.
  static Tensor run_reusing(const Layer& layer, std::span<Tensor> inputs);
  /// By layer: index of the last layer that reads it, or its own.
  static std::vector<int> last_uses(std::span<const Layer> layers);

  /// A new network that shares every tensor but the parameters of one layer (randomisation). Shapes must
  /// agree.
  Network with_parameters(int layer, std::vector<Tensor> values) const;
  /// The same layers behind another preprocessing (another crop, say).
  Network with_preprocess(Preprocess preprocess) const;
  /// The same function with no negative batch norm scale behind a convolution or linear layer: the sign moves
  /// into the weights (relevance rules that copy through batch norm need it). Shares this network when
  /// nothing has to change.
  Network canonised() const;
  /// The same function in a form of its own. Made when first asked. It is for forward() and for predicting
  /// alone: neither to be moved nor walked.
  Network for_inference(Form form = Form::packed) const;
  /// This network itself when it is there already, with what was made of it when first asked.
  Network to(at::Device device) const;
  Network to(at::ScalarType type) const;

  at::Device device() const;
  at::ScalarType type() const;

  /// Content hash of graph, parameters, preprocessing and number of classes; the same on every device. Made
  /// when first asked.
  const Hash& hash() const;

 private:
  struct Self {
    std::string name;
    std::vector<Layer> layers;
    Preprocess preprocess;
    std::vector<std::string> classes;
    std::vector<int> last_use;  // by layer: index of the last layer that reads it
    mutable std::once_flag hashed;
    mutable Hash hash;
    struct Inference {
      std::once_flag made;
      std::shared_ptr<const Self> self;  // null: this one
    };
    mutable std::array<Inference, 3> inference;  // by form
  };
  explicit Network(std::shared_ptr<const Self> self) : self_(std::move(self)) {}
  Network with_layers(std::vector<Layer> layers, Preprocess preprocess) const;

  std::shared_ptr<const Self> self_;
};

}  // namespace assay
