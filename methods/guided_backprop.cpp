// Guided backprop. Springenberg, Dosovitskiy, Brox & Riedmiller, "Striving for simplicity: the all
// convolutional net", ICLR workshop 2015 (papers.md 1.2, 4.3).
//   One-hot at the logit of the class, walked down to the input: a ReLU passes 1[x > 0] max(R, 0) of the
//   signal R from above (x = what it read), the other layers their local gradient. leaky_relu and relu6:
//   gates.h.
// Unlike grad it drops at every activation what speaks against it, which sharpens edges and makes the map
// depend little on the class (papers.md 6.1).
#include "methods/gated_gradient.h"
#include "methods/gates.h"

namespace assay {

std::unique_ptr<Method> make_guided_backprop(Params&) {
  return std::make_unique<GatedGradient>(guided_rules());
}

}  // namespace assay
