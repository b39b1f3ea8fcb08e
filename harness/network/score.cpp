#include "harness/core/error.h"
#include "harness/network/subject.h"
#include "harness/network/tensor.h"

namespace assay {

std::string_view name_of(Score score) {
  switch (score) {
    case Score::logit:
      return "logit";
    case Score::probability:
      return "probability";
    case Score::logit_share:
      return "logit-share";
  }
  ASSAY_ASSERT(!"a score without a name");
}

Tensor scores_of(const Tensor& logits, Score score) {
  const Tensor exact = logits.to(at::kDouble);
  if (score == Score::logit) return exact;
  if (score == Score::probability) return exact.softmax(1);
  const Tensor above = exact - exact.amin(1, true);
  const Tensor total = above.sum(1, true);
  return at::where(total > 0, above / total, at::full_like(above, 1.0 / static_cast<double>(exact.size(1))));
}

}  // namespace assay
