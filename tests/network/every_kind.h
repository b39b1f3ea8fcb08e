#pragma once

#include <memory>

#include "tests/toy.h"

namespace assay::test {

/// x * sigmoid(x): an operator without a kind of its own.
class Swish : public OpaqueOperator {
 public:
  std::string name() const override { return "aten::silu"; }
  Tensor run(std::span<const Tensor> inputs) const override { return inputs[0] * inputs[0].sigmoid(); }
  std::shared_ptr<const OpaqueOperator> to(at::Device, at::ScalarType) const override {
    return std::make_shared<Swish>();
  }
};

/// 12x12 input, 5 classes, a layer of every kind (opaque and softmax only when asked for), all of them
/// feeding the logits.
inline Network every_kind(bool with_opaque) {
  Toy toy(12, 12);
  const int stem = toy.conv("stem", 0, 3, 8, 3);
  const int norm = toy.batch_norm("norm", stem, 8);
  const int relu = toy.add(Kind::relu, "relu", {norm});
  const int pool =
      toy.add(Kind::max_pool, "pool", {relu}, {.kernel = {3, 3}, .stride = {2, 2}, .ceil_mode = true});
  const int lrn = toy.add(Kind::lrn, "lrn", {pool}, {.size = 3, .alpha = 0.5, .beta = 0.75, .k = 2});
  const int grouped = toy.conv("grouped", lrn, 8, 8, 3, 1, 2);
  const int leaky = toy.add(Kind::leaky_relu, "leaky", {grouped}, {.slope = 0.2});
  const int sum = toy.add(Kind::add, "sum", {leaky, lrn});
  const int relu6 = toy.add(Kind::relu6, "relu6", {sum});
  const int average =
      toy.add(Kind::avg_pool, "average", {relu6}, {.kernel = {2, 2}, .stride = {1, 1}, .pad = {0, 0, 1, 1}});
  const int strided = toy.conv("strided", average, 8, 12, 3, 2);
  const int shortcut = toy.add(Kind::pad_channels, "shortcut", {average}, {.before = 1, .after = 3});
  const int residual = toy.add(Kind::add, "residual", {strided, shortcut});
  const int rest = toy.add(Kind::relu, "rest", {residual});
  const int drop = toy.add(Kind::dropout, "drop", {rest});
  const int pooled = toy.add(Kind::global_avg_pool, "pooled", {drop});
  const int spread = toy.add(Kind::broadcast_like, "spread", {pooled, drop});
  const int joined = toy.add(Kind::concat, "joined", {spread, drop});
  int last = toy.conv("mix", joined, 24, 6, 1);
  if (with_opaque) last = toy.opaque("swish", last, std::make_shared<Swish>());
  const int bent = toy.add(Kind::relu, "bent", {last});
  const int strongest = toy.add(Kind::global_max_pool, "strongest", {bent});
  const int flat_strongest = toy.add(Kind::flatten, "flat strongest", {strongest});
  const int flat = toy.add(Kind::flatten, "flat", {bent});
  const int features = toy.add(Kind::concat, "features", {flat_strongest, flat});
  const int logits = toy.linear("logits", features, 60, 5);
  if (with_opaque) toy.add(Kind::softmax, "probabilities", {logits});
  return toy.network("every kind");
}

}  // namespace assay::test
