#include "harness/network/subject.h"
#include "harness/network/tensor.h"

namespace assay {

Subject Subject::changed(const SubjectChange& change) const {
  Subject made(change.network.value_or(network_), change.pixels.defined() ? change.pixels : pixels_, names_,
               change.seed.value_or(seed_), numerics_);
  made.known_classes_ = known_classes_;
  return made;
}

}  // namespace assay
