// Grad-CAM. Selvaraju, Cogswell, Das, Vedantam, Parikh & Batra, "Grad-CAM: visual explanations from deep
// networks via gradient-based localization", ICCV 2017 (layers and settings: papers.md 1.2, 4.4, 5.3).
//   L = ReLU(sum_k w_k A_k),  w_k = 1/Z sum_ij d s_y / d A_k,ij     (A = output of `layer`, Z = its pixels;
//   s_y = logit or probability of class y)
// raw = the sum, signed; the ReLU is the view's. Where the logits are a linear layer on the mean of A, w is
// its weights over Z, and the map that of CAM (Zhou 2016). One weight a channel for the whole map: where a
// class stands twice or beside another one, Layer-CAM tells places apart that Grad-CAM does not.
#include "methods/cam.h"

namespace assay {

std::unique_ptr<Method> make_grad_cam(Params& params) {
  return std::make_unique<GradientCam>(params, weighted_by_mean_gradient);
}

}  // namespace assay
