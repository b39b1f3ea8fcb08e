// Grad-CAM++. Chattopadhay, Sarkar, Howlader & Balasubramanian, "Grad-CAM++: improved visual explanations for
// deep convolutional networks", WACV 2018 (settings: papers.md 5.3).
//   L = ReLU(sum_k w_k A_k),  w_k = sum_ij alpha_k,ij ReLU(g_k,ij),  g = d s_y / d A
//   alpha_k,ij = g_k,ij^2 / (2 g_k,ij^2 + g_k,ij^3 sum_ab A_k,ab)     (0 where g = 0)
// which is the paper's quotient of second and third derivatives for the score exp(s_y) of a network that is
// linear around the image; the factor exp(s_y) that all weights then share is left out. Unlike Grad-CAM it
// counts the places where a channel speaks for the class, not how large their gradient is on the average of
// the map. Written for A >= 0, behind a ReLU: where A may be negative (the note says so) alpha has poles.
#include "harness/network/tensor.h"
#include "methods/cam.h"
#include "methods/excitation_walk.h"

namespace assay {
namespace {

Tensor weighted_by_higher_derivatives(const Tensor& activation, const Tensor& gradient) {
  const Tensor squares = gradient.square();
  const Tensor below = 2 * squares + squares * gradient * activation.sum({2, 3}, /*keepdim=*/true);
  const Tensor alpha = at::where(below == 0, at::zeros_like(below), squares / below);
  const Tensor weights = (alpha * gradient.clamp_min(0)).sum({2, 3}, /*keepdim=*/true);
  return (weights * activation).sum(1, /*keepdim=*/true);
}

class GradCamPlusPlus : public GradientCam {
 public:
  explicit GradCamPlusPlus(Params& params) : GradientCam(params, weighted_by_higher_derivatives) {}

  std::string note(const Network& network) const override {
    return may_be_negative(network, map_layer(network, layer_name())) ? "map may be negative" : "";
  }
};

}  // namespace

std::unique_ptr<Method> make_grad_cam_plus_plus(Params& params) {
  return std::make_unique<GradCamPlusPlus>(params);
}

}  // namespace assay
