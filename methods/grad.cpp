// Gradient. Simonyan, Vedaldi & Zisserman, "Deep inside convolutional networks", ICLR workshop 2014.
//   raw_k,i = d s_y / d x_k,i     (x = preprocessed network input, channel k, pixel i; s_y = probability or
//   logit of class y)
// The suggested view takes max over k of |raw|, as the paper does; `dilations` widens it (Selvaraj 2018,
// papers.md 8.3, item 8). Unlike mwp it sees how the score would change, not where it came from: signs cancel
// and it is scattered over pixels.
#include "harness/network/summary.h"
#include "harness/network/tensor.h"
#include "methods/method.h"
#include "methods/scores.h"

namespace assay {
namespace {

class Gradient : public Method {
 public:
  explicit Gradient(Params& params) : score_(read_score(params, {"probability", "logit"})) {}

  Attribution attribute(Subject& subject, std::span<const Query> queries) const override {
    return {subject.gradient(0, queries, score_)};
  }

  View view() const override {
    View view;
    view.reduce = "max-abs";
    return view;
  }

  Cost price(const Network& network) const override { return cost_of_passes(network, 1, 1); }

 private:
  Score score_;
};

}  // namespace

std::unique_ptr<Method> make_grad(Params& params) {
  return std::make_unique<Gradient>(params);
}

}  // namespace assay
