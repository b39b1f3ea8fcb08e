#include "metrics/metric.h"

namespace assay {

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
