#include "harness/network/packed_convolution.h"

#include "harness/core/error.h"
#include "harness/network/blocked.h"
#include "harness/network/shapes.h"

#ifdef ASSAY_ONEDNN
#include <dnnl.hpp>
#endif

namespace assay {

#ifdef ASSAY_ONEDNN

namespace {

using dnnl::memory;

constexpr std::size_t kPrimitives = 256;  // shapes kept a layer

const dnnl::engine& processor() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

dnnl::stream& stream_of_thread() {
  thread_local dnnl::stream stream(processor());
  return stream;
}

memory::format_tag tag_of(std::int64_t block) {
  if (block == 16) return memory::format_tag::nChw16c;
  return block == 8 ? memory::format_tag::nChw8c : memory::format_tag::nchw;
}

memory::desc described(const memory::dims& sizes, memory::format_tag tag) {
  return {sizes, memory::data_type::f32, tag};
}

memory::dims weight_sizes(const Layer& conv) {
  const at::IntArrayRef sizes = conv.weight().sizes();
  const std::int64_t groups = conv.attributes.groups;
  if (groups == 1) return sizes.vec();
  return {groups, sizes[0] / groups, sizes[1], sizes[2], sizes[3]};
}

memory weights_of(const Layer& conv, const memory::desc& wanted) {
  const bool grouped = conv.attributes.groups > 1;
  const auto tag = grouped ? memory::format_tag::goihw : memory::format_tag::oihw;
  const Tensor plain = conv.weight().contiguous();
  memory from(described(weight_sizes(conv), tag), processor(), plain.data_ptr()), to(wanted, processor());
  dnnl::reorder(from, to).execute(stream_of_thread(), from, to);
  stream_of_thread().wait();
  return to;
}

dnnl::primitive_attr followed_by(Kind kind, double slope) {
  dnnl::post_ops operations;
  const auto append = [&](dnnl::algorithm algorithm, double alpha, double beta) {
#if DNNL_VERSION_MAJOR >= 3
    operations.append_eltwise(algorithm, static_cast<float>(alpha), static_cast<float>(beta));
#else
    operations.append_eltwise(1, algorithm, static_cast<float>(alpha), static_cast<float>(beta));
#endif
  };
  if (kind == Kind::relu) append(dnnl::algorithm::eltwise_relu, 0, 0);
  if (kind == Kind::leaky_relu) append(dnnl::algorithm::eltwise_relu, slope, 0);
  if (kind == Kind::relu6) append(dnnl::algorithm::eltwise_clip, 0, 6);
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(operations);
  return attributes;
}

dnnl::convolution_forward::primitive_desc planned(const memory::desc& from, const memory::desc& weights,
                                                  const memory::desc& bias, const memory::desc& to,
                                                  const Attributes& a, const dnnl::primitive_attr& then) {
  constexpr auto kForward = dnnl::prop_kind::forward_inference;
  constexpr auto kDirect = dnnl::algorithm::convolution_direct;
  const memory::dims stride(a.stride.begin(), a.stride.end());
  const memory::dims dilation{a.dilation[0] - 1, a.dilation[1] - 1};
  const memory::dims before{a.pad[0], a.pad[1]}, after{a.pad[2], a.pad[3]};
#if DNNL_VERSION_MAJOR >= 3
  return {processor(), kForward, kDirect, from, weights, bias, to, stride, dilation, before, after, then};
#else
  return {{kForward, kDirect, from, weights, bias, to, stride, dilation, before, after}, then, processor()};
#endif
}

bool fill_blocks(const Layer& conv, std::int64_t block) {
  const std::int64_t groups = conv.attributes.groups, outputs = conv.weight().size(0);
  const std::int64_t inputs = conv.weight().size(1) * groups;
  if (groups == 1) return outputs % block == 0 && (inputs % block == 0 || inputs == 3);
  const bool depthwise = groups == inputs && groups == outputs;
  return depthwise ? groups % block == 0 : inputs / groups % block == 0 && outputs / groups % block == 0;
}

bool is_served(const Layer& conv) {
  for (const Parameter& parameter : conv.parameters) {
    const Tensor& value = parameter.value;
    if (!value.is_cpu() || value.scalar_type() != at::kFloat) return false;
    if (!at::isfinite(value).all().item<bool>()) return false;
  }
  return true;
}

}  // namespace

struct PackedConvolution::Primitive {
  dnnl::convolution_forward convolution;
  memory::desc from, to, bias;
  memory weights;
  std::vector<std::int64_t> output;  // [N,O/b,h,w,b]
};

std::int64_t convolution_block() {
  static const bool wide = dnnl::get_effective_cpu_isa() >= dnnl::cpu_isa::avx512_core;
  return wide ? 16 : 8;
}

std::shared_ptr<const PackedConvolution> PackedConvolution::of(const Layer& conv, const Layer* then) {
  if (!is_served(conv)) return nullptr;
  for (std::int64_t block = convolution_block(); block >= 8; block /= 2)
    if (fill_blocks(conv, block))
      return std::shared_ptr<const PackedConvolution>(new PackedConvolution(conv, then, block));
  return nullptr;
}

PackedConvolution::PackedConvolution(const Layer& conv, const Layer* then, std::int64_t block)
    : conv_(conv), block_(block), reads_blocks_(conv.weight().size(1) * conv.attributes.groups % block == 0) {
  if (!conv_.bias().defined())
    conv_.parameters.push_back({"", at::zeros({conv.weight().size(0)}, conv.weight().options())});
  conv_.parameters[1].value = conv_.bias().contiguous();
  if (!then) return;
  then_kind_ = then->kind;
  then_ = then->attributes;
}

std::shared_ptr<const PackedConvolution::Primitive> PackedConvolution::primitive(const Key& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = primitives_.find(key);
  if (found != primitives_.end()) return found->second;
  if (primitives_.size() >= kPrimitives) primitives_.clear();
  Attributes a = conv_.attributes;
  a.pad = {key[3], key[4], key[5], key[6]};
  const std::int64_t inputs = conv_.weight().size(1) * a.groups, outputs = conv_.weight().size(0);
  Layer padded = conv_;
  padded.attributes = a;
  const Shape shape = output_shape(padded, {{{inputs, key[1], key[2]}}});
  const memory::desc from = described({key[0], inputs, key[1], key[2]}, tag_of(reads_blocks_ ? block_ : 0));
  const memory::desc to = described({key[0], outputs, shape[1], shape[2]}, tag_of(block_));
  const memory::desc bias = described({outputs}, memory::format_tag::x);
  const auto plan = planned(from, described(weight_sizes(conv_), memory::format_tag::any), bias, to, a,
                            followed_by(then_kind_, then_.slope));
  auto made = std::make_shared<Primitive>(Primitive{dnnl::convolution_forward(plan),
                                                    from,
                                                    to,
                                                    bias,
                                                    {},
                                                    {key[0], outputs / block_, shape[1], shape[2], block_}});
  for (const auto& [other, has] : primitives_)
    if (has->weights.get_desc() == plan.weights_desc()) made->weights = has->weights;
  if (!made->weights) made->weights = weights_of(conv_, plan.weights_desc());
  return primitives_.emplace(key, std::move(made)).first->second;
}

Tensor PackedConvolution::run(const Tensor& x, const std::array<std::int64_t, 4>& pad) const {
  const Tensor in = reads_blocks_ ? to_blocked(x, block_) : to_plain(x).contiguous();
  ASSAY_ASSERT(in.is_cpu() && in.scalar_type() == at::kFloat);
  const auto p = primitive({in.size(0), in.size(2), in.size(3), pad[0], pad[1], pad[2], pad[3]});
  Tensor y = at::empty(p->output, in.options());
  p->convolution.execute(stream_of_thread(),
                         {{DNNL_ARG_SRC, memory(p->from, processor(), in.data_ptr())},
                          {DNNL_ARG_WEIGHTS, p->weights},
                          {DNNL_ARG_BIAS, memory(p->bias, processor(), conv_.bias().data_ptr())},
                          {DNNL_ARG_DST, memory(p->to, processor(), y.data_ptr())}});
  stream_of_thread().wait();
  return y;
}

#else

struct PackedConvolution::Primitive {};

std::int64_t convolution_block() {
  return 0;
}

std::shared_ptr<const PackedConvolution> PackedConvolution::of(const Layer&, const Layer*) {
  return nullptr;
}

Tensor PackedConvolution::run(const Tensor&, const std::array<std::int64_t, 4>&) const {
  throw Error("this build has no packed convolutions");
}

#endif

PackedConvolution::~PackedConvolution() = default;

}  // namespace assay
