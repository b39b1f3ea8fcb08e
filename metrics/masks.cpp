#include "metrics/masks.h"

#include <fmt/format.h>

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

std::vector<Json> read_mask_rules(Params& params) {
  const auto rhos =
      params.get<std::vector<double>>("rho", {0.25, 0.05}, "shares of the pixels that make up a mask");
  const std::string mask =
      params.choice("mask", "exact", {"exact", "authors"},
                    "exactly rho N pixels, or the authors' threshold (at least 10 %, ties all in)");
  const std::string ties =
      params.choice("ties", "row-major", {"row-major", "random"}, "order of equal values in an exact mask");
  if (rhos.empty()) params.fail("rho", "the list is empty");
  std::vector<Json> rules;
  for (const double rho : rhos) {
    if (!(rho > 0 && rho <= 1)) params.fail("rho", fmt::format("{} is not in (0, 1]", rho));
    rules.push_back({{"rho", rho}, {"mask", mask}, {"ties", ties}});
  }
  return rules;
}

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
