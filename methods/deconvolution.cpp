// Deconvolution. Zeiler & Fergus, "Visualizing and understanding convolutional networks", ECCV 2014
// (papers.md 4.3).
//   One-hot at the logit of the class, walked down to the input: a ReLU passes max(R, 0) of the signal R from
//   above, whatever it let pass on the way up; max pooling goes to where its maximum was, the other layers
//   are their own transposes (local gradients). leaky_relu and relu6: gates.h.
// Unlike guided backprop it does not ask which units were active, so it hangs on the image by pooling
// switches alone.
#include "methods/gated_gradient.h"
#include "methods/gates.h"

namespace assay {

std::unique_ptr<Method> make_deconvolution(Params&) {
  return std::make_unique<GatedGradient>(deconvolution_rules());
}

}  // namespace assay
