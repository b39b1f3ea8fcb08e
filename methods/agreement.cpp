// Agreement. Selvaraj, Veloso & Rosenthal, "Classifier-based evaluation of image feature importance", GCAI
// 2018.
//   M_i = prod_m M_m,i     (M_m = mask of configuration m of the same plan, thresholded on its own; two or
//   three of them)
// It has no map: metrics threshold the map of each part and intersect the masks, so a mask holds at most the
// share rho.
#include "harness/core/error.h"
#include "harness/network/tensor.h"
#include "methods/method.h"

namespace assay {
namespace {

class Agreement : public Method {
 public:
  explicit Agreement(Params& params)
      : parts_(params.require<std::vector<std::string>>("of", "names of two or three configurations")) {
    if (!params.is_describing() && parts_.size() != 2 && parts_.size() != 3)
      params.fail("of", "needs the names of two or three configurations");
  }

  Attribution attribute(Subject&, std::span<const Query>) const override {
    ASSAY_ASSERT(!"an agreement has parts, not a map");
  }

  Cost price(const Network&) const override { return {}; }

  std::vector<std::string> parts() const override { return parts_; }

 private:
  std::vector<std::string> parts_;
};

}  // namespace

std::unique_ptr<Method> make_agreement(Params& params) {
  return std::make_unique<Agreement>(params);
}

}  // namespace assay
