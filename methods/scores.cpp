#include "methods/scores.h"

#include "harness/core/error.h"
#include "harness/network/tensor.h"

namespace assay {

Score read_score(Params& params, std::initializer_list<std::string_view> words) {
  const std::string word =
      params.choice("score", *words.begin(), words, "what is explained: the class's probability or logit");
  for (const Score score : {Score::logit, Score::probability, Score::logit_share})
    if (name_of(score) == word) return score;
  ASSAY_ASSERT(!"a score without a name");
}

}  // namespace assay
