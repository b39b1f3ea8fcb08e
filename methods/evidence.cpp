#include "methods/evidence.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "harness/core/error.h"
#include "harness/network/subject.h"

namespace assay {
namespace {

constexpr std::int64_t kMostKept = 4 << 20;  // probabilities

}  // namespace

Evidence::Evidence(Params& params)
    : weight_of_evidence_(params.choice("measure", "evidence", {"evidence", "probability"},
                                        "what is lost: log2 odds, or probability") == "evidence"),
      n_(params.get("laplace", 100'000.0, "n of p' = (p n + 1) / (n + classes), for log2 odds")) {
  if (!(n_ > 0 && std::isfinite(n_))) params.fail("laplace", "must be above 0, and finite");
}

double Evidence::lost(double p, double q, std::int64_t classes) const {
  return weight_of_evidence_ ? log_odds(p, classes) - log_odds(q, classes) : p - q;
}

/// p' / (1 - p') with both multiplied by n + K: no difference near 1, which would be 0 for a large n.
double Evidence::log_odds(double p, std::int64_t classes) const {
  return std::log2((p * n_ + 1) / ((1 - p) * n_ + static_cast<double>(classes - 1)));
}

KeptClasses::KeptClasses(std::int64_t things, std::int64_t classes, std::span<const std::int64_t> targets) {
  if (things * classes > kMostKept) {
    classes_.assign(targets.begin(), targets.end());
    words_ = fmt::format(", classes {}", fmt::join(classes_, ","));
  } else {
    classes_.resize(static_cast<std::size_t>(classes));
    std::iota(classes_.begin(), classes_.end(), 0);
  }
}

std::int64_t KeptClasses::place(std::int64_t target) const {
  const auto found = std::ranges::find(classes_, target);
  ASSAY_ASSERT(found != classes_.end());
  return found - classes_.begin();
}

Tensor mean_probabilities(const Tensor& logits, std::int64_t samples, std::span<const std::int64_t> targets) {
  ASSAY_ASSERT(samples > 0 && logits.size(0) % samples == 0);
  const Tensor p = scores_of(logits, Score::probability).to(at::kCPU).contiguous();
  const std::int64_t things = p.size(0) / samples, classes = p.size(1);
  const Tensor means = at::empty({things, std::ssize(targets)}, at::kDouble);
  const double* from = p.data_ptr<double>();
  double* to = means.data_ptr<double>();
  for (std::int64_t i = 0; i < things; ++i)
    for (const std::int64_t target : targets) {
      double sum = 0;
      for (std::int64_t s = 0; s < samples; ++s) sum += from[(i * samples + s) * classes + target];
      *to++ = sum / static_cast<double>(samples);
    }
  return means;
}

}  // namespace assay
