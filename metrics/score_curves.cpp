#include "metrics/score_curves.h"

#include "metrics/growth.h"

namespace assay {

ScoreSeries score_series(const Tensor& logits, std::int64_t target) {
  const auto listed = [](const Tensor& values) {
    const Tensor list = values.to(at::kDouble).contiguous();
    return std::vector<double>(list.data_ptr<double>(), list.data_ptr<double>() + list.numel());
  };
  ScoreSeries series{.probability = listed(scores_of(logits, Score::probability).select(1, target)),
                     .logit = listed(logits.select(1, target)),
                     .right = {}};
  for (const Tensor& row : logits.unbind()) series.right.push_back(margin_of(row, target).right);
  return series;
}

SingleMap single_map(const Explanation& explanation, std::size_t query) {
  if (explanation.maps.size() != 1)
    return {.status = Status::skipped, .reason = "an intersection of masks has no values to go by"};
  const Tensor map = explanation.maps.front()[static_cast<std::int64_t>(query)];
  if (!at::isfinite(map).all().item<bool>()) return {.status = Status::failed, .reason = "map is not finite"};
  if ((map == map.flatten()[0]).all().item<bool>())
    return {.map = map, .status = Status::suspect, .reason = "constant map"};
  return {.map = map};
}

Tensor order_of(const Tensor& values, bool highest) {
  return std::get<1>(at::sort(values.reshape({-1}), /*stable=*/true, /*dim=*/0, /*descending=*/highest));
}

}  // namespace assay
