// Deconvolution. Zeiler & Fergus, "Visualizing and understanding convolutional networks", ECCV 2014
// (papers.md 4.3).
//   One-hot at the logit of the class, walked down to the input: a ReLU passes max(R, 0) of the signal R from
//   above, whatever it let pass on the way up; max pooling goes to where its maximum was, the other layers
//   are their own transposes (local gradients). leaky_relu and relu6: gates.h.
// raw = what arrives at the input, per channel. The suggested view takes max over channels of |raw|. Unlike
// guided backprop it does not ask which units were active, so it hangs on the image by pooling switches
// alone.
#include "harness/network/summary.h"
#include "methods/gates.h"
#include "methods/method.h"

namespace assay {
namespace {

class Deconvolution : public Method {
 public:
  Attribution attribute(Subject& subject, std::span<const Query> queries) const override {
    return {subject.gradient(0, queries, Score::logit, deconvolution_rules())};
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

std::unique_ptr<Method> make_deconvolution(Params&) {
  return std::make_unique<Deconvolution>();
}

}  // namespace assay
