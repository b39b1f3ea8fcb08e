// Guided backprop. Springenberg, Dosovitskiy, Brox & Riedmiller, "Striving for simplicity: the all
// convolutional net", ICLR workshop 2015 (papers.md 1.2, 4.3).
//   One-hot at the logit of the class, walked down to the input: a ReLU passes 1[x > 0] max(R, 0) of the
//   signal R from above (x = what it read), the other layers their local gradient. leaky_relu and relu6:
//   gates.h.
// raw = what arrives at the input, per channel. The suggested view takes max over channels of |raw|. Unlike
// grad it drops at every activation what speaks against it, which sharpens edges and makes the map depend
// little on the class (papers.md 6.1).
#include "harness/network/summary.h"
#include "methods/gates.h"
#include "methods/method.h"

namespace assay {
namespace {

class GuidedBackprop : public Method {
 public:
  Attribution attribute(Subject& subject, std::span<const Query> queries) const override {
    return {subject.gradient(0, queries, Score::logit, guided_rules())};
  }

  View view() const override {
    View view;
    view.reduce = "max-abs";
    return view;
  }

  Cost price(const Network& network) const override { return cost_of_passes(network, 1, 1); }
  std::string note(const Network& network) const override { return opaque_note(network); }
};

}  // namespace

std::unique_ptr<Method> make_guided_backprop(Params&) {
  return std::make_unique<GuidedBackprop>();
}

}  // namespace assay
