#include "harness/network/tensor.h"
#include "metrics/metric.h"

namespace assay {

void Truth::add(const Query& query, const Tensor& region) {
  Tensor& known = regions_[{query.image, query.target}];
  known = known.defined() ? at::logical_or(known, region) : region;
}

void Truth::fail(const Query& query, std::string reason) {
  failures_.try_emplace({query.image, query.target}, std::move(reason));
}

std::string Truth::failure(const Query& query) const {
  const auto found = failures_.find({query.image, query.target});
  return found == failures_.end() ? "" : found->second;
}

Tensor Truth::region(const Query& query) const {
  const auto found = regions_.find({query.image, query.target});
  return found == regions_.end() ? Tensor() : found->second;
}

#define METRIC(identifier, summary) std::unique_ptr<Metric> make_##identifier(Params& params);
#include "metrics/metrics.def"
#undef METRIC

const std::vector<Entry<Metric>>& metrics() {
  static const std::vector<Entry<Metric>> entries{
#define METRIC(identifier, summary) {user_name(#identifier), summary, make_##identifier},
#include "metrics/metrics.def"
#undef METRIC
  };
  return entries;
}

}  // namespace assay
