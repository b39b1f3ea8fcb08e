#pragma once

#include <compare>
#include <cstdint>

#include "metrics/metric.h"

namespace assay {

/// Which pixels an explanation calls important.
struct MaskRule {
  enum class Kind {
    exact,    // exactly floor(rho N + 0.5) pixels, highest values first (papers.md 8.3 item 11)
    authors,  // every pixel at or above the value at floor(min(1 - rho, 0.9) N) of the ascending sort
              // (papers.md 8.4)
  };
  double rho = 0.25;
  Kind kind = Kind::exact;
  bool random_ties = false;  // exact only: a seeded order in place of row-major
  auto operator<=>(const MaskRule&) const = default;
};

/// What the parameters `rho` (a list), `mask` and `ties` of a metric ask for: {rho, mask, ties}, one a rho.
std::vector<Json> read_mask_rules(Params& params);
/// The rule of a variant: its settings rho, mask and ties.
MaskRule mask_rule_of(const Json& settings);

/// bool [H,W] of one query: each map of the explanation is thresholded on its own, then the masks are
/// intersected and not thresholded again, so that a pair's mask is smaller than rho N, down to empty. `seed`
/// orders ties: the same for every explanation of an image, so that a part of a pair has the mask that it has
/// alone.
Tensor explanation_mask(const Explanation& explanation, std::int64_t query, const MaskRule& rule,
                        std::uint64_t seed);

}  // namespace assay
