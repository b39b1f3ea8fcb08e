#include "metrics/drops.h"

namespace assay {

std::vector<double> listed_values(const Tensor& map) {
  const Tensor list = map.to(at::kCPU, at::kDouble).contiguous();
  return {list.data_ptr<double>(), list.data_ptr<double>() + list.numel()};
}

std::string read_drop_score(Params& params) {
  return params.choice("score", "logit", {"logit", "probability"}, "what falls when pixels are removed");
}

Score drop_score_of(const Json& settings) {
  return settings.at("score") == "logit" ? Score::logit : Score::probability;
}

std::vector<double> drops_of(const Tensor& full, const Tensor& logits, std::int64_t target, Score score) {
  const Tensor before = scores_of(full.unsqueeze(0), score).select(1, target);
  return listed_values(before - scores_of(logits, score).select(1, target));
}

}  // namespace assay
