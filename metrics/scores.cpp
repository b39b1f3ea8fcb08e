#include "metrics/scores.h"

namespace assay {

#define SCORES(identifier, summary) std::unique_ptr<Scoring> make_##identifier##_scoring(Params& params);
#include "metrics/scores.def"
#undef SCORES

const std::vector<Entry<Scoring>>& scorings() {
  static const std::vector<Entry<Scoring>> entries{
#define SCORES(identifier, summary) {user_name(#identifier), summary, make_##identifier##_scoring},
#include "metrics/scores.def"
#undef SCORES
  };
  return entries;
}

}  // namespace assay
