// Input x gradient. Shrikumar, Greenside, Shcherbina & Kundaje, "Not just a black box: learning important
// features through propagating activation differences", 2016 (papers.md 1.2, 5.3).
//   raw_k,i = x_k,i d s_y / d x_k,i     (x = preprocessed network input, channel k, pixel i; s_y = logit or
//   probability of class y)
// Signed; summed over channels by the suggested view. For a network without biases whose activations are
// ReLUs the logit is homogeneous: then it adds up to s_y and equals integrated gradients from 0. Unlike grad
// it depends on where 0 lies in the preprocessing: a pixel of the mean colour gets nothing.
#include "harness/network/summary.h"
#include "harness/network/tensor.h"
#include "methods/by_image.h"
#include "methods/method.h"
#include "methods/scores.h"

namespace assay {
namespace {

class InputGradient : public Method {
 public:
  explicit InputGradient(Params& params) : score_(read_score(params, {"logit", "probability"})) {}

  Attribution attribute(Subject& subject, std::span<const Query> queries) const override {
    return {image_by_image(queries, [&](const ImageQueries& one) {
      const Tensor gradients = subject.gradient(0, one.queries, score_);
      return gradients * subject.activations(one.image).front();
    })};
  }

  Cost price(const Network& network) const override { return cost_of_passes(network, 1, 1); }

 private:
  Score score_;
};

}  // namespace

std::unique_ptr<Method> make_input_gradient(Params& params) {
  return std::make_unique<InputGradient>(params);
}

}  // namespace assay
