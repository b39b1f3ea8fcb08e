#include "methods/evidence.h"

#include <cmath>

#include "harness/core/error.h"
#include "harness/network/subject.h"

namespace assay {

Evidence::Evidence(Params& params)
    : weight_of_evidence_(params.choice("measure", "evidence", {"evidence", "probability"},
                                        "what is lost: log2 odds, or probability") == "evidence"),
      n_(params.get("laplace", 100'000.0, "n of p' = (p n + 1) / (n + classes), for log2 odds")) {
  if (!(n_ > 0 && std::isfinite(n_))) params.fail("laplace", "must be above 0, and finite");
}

double Evidence::lost(double p, double q, std::int64_t classes) const {
  return weight_of_evidence_ ? log_odds(p, classes) - log_odds(q, classes) : p - q;
}

double Evidence::log_odds(double p, std::int64_t classes) const {
  const double corrected = (p * n_ + 1) / (n_ + static_cast<double>(classes));
  return std::log2(corrected / (1 - corrected));
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
