#include "metrics/masks.h"

#include "harness/core/seed.h"
#include "harness/network/tensor.h"
#include "harness/vision/vision.h"

namespace assay {
namespace {

Tensor threshold(const Tensor& map, const MaskRule& rule, std::uint64_t seed) {
  if (rule.kind == MaskRule::Kind::authors) return authors_mask(map, rule.rho);
  return rule.random_ties ? top_mask_random_ties(map, rule.rho, seed) : top_mask(map, rule.rho);
}

}  // namespace

MaskRule mask_rule_of(const Json& settings) {
  return {settings.at("rho").get<double>(),
          settings.at("mask") == "authors" ? MaskRule::Kind::authors : MaskRule::Kind::exact,
          settings.at("ties") == "random"};
}

Tensor explanation_mask(const Explanation& explanation, std::int64_t query, const MaskRule& rule,
                        std::uint64_t seed) {
  const std::uint64_t order = mix_seed({seed, 0});
  Tensor mask;
  for (const Tensor& maps : explanation.maps) {
    const Tensor one = threshold(maps[query], rule, order);
    mask = mask.defined() ? at::logical_and(mask, one) : one;
  }
  return mask;
}

}  // namespace assay
