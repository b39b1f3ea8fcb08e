#pragma once

#include "harness/network/propagate.h"
#include "methods/method.h"

namespace assay {

/// Raw = what arrives at the input, per channel, when the logit's one-hot is walked down by `rules`
/// (gates.h). The suggested view takes max over channels of |raw|.
class GatedGradient : public Method {
 public:
  explicit GatedGradient(Rules rules) : rules_(std::move(rules)) {}

  Attribution attribute(Subject& subject, std::span<const Query> queries) const override;
  View view() const override;
  Cost price(const Network& network) const override;
  std::string note(const Network& network) const override;

 private:
  Rules rules_;
};

}  // namespace assay
