// Layer-CAM. Jiang, Zhang, Hou, Cheng & Wei, "LayerCAM: exploring hierarchical class activation maps for
// localization", IEEE TIP 2021 (settings: papers.md 5.3).
//   L_ij = ReLU(sum_k ReLU(g_k,ij) A_k,ij),  g = d s_y / d A     (A = output of `layer`)
// Unlike Grad-CAM every place has its own weight: nothing is pooled, so that it also serves layers far from
// the logits and does not spread to other places that a channel marks (papers.md 5.4, DiFull).
#include "harness/network/tensor.h"
#include "methods/cam.h"

namespace assay {
namespace {

Tensor weighted_by_place(const Tensor& activation, const Tensor& gradient) {
  return (gradient.clamp_min(0) * activation).sum(1, /*keepdim=*/true);
}

}  // namespace

std::unique_ptr<Method> make_layer_cam(Params& params) {
  return std::make_unique<GradientCam>(params, weighted_by_place);
}

}  // namespace assay
