#include "methods/gated_gradient.h"

#include "harness/network/summary.h"
#include "methods/gates.h"

namespace assay {

Attribution GatedGradient::attribute(Subject& subject, std::span<const Query> queries) const {
  return {subject.gradient(0, queries, Score::logit, rules_)};
}

View GatedGradient::view() const {
  View view;
  view.reduce = "max-abs";
  return view;
}

Cost GatedGradient::price(const Network& network) const {
  return cost_of_passes(network, 1, 1);
}

std::string GatedGradient::note(const Network& network) const {
  return opaque_note(network);
}

}  // namespace assay
