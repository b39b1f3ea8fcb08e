// Control: closeness to the centre of the image.
//   raw_rc = -((r - (H-1)/2)^2 + (c - (W-1)/2)^2)     (row r, column c)
// Photographs are composed around their subject: what a method gains over this is what it saw.
#include "harness/network/tensor.h"
#include "methods/method.h"

namespace assay {
namespace {

Tensor squared_distance(std::int64_t side) {
  return (at::arange(side, at::kDouble) - static_cast<double>(side - 1) / 2).square();
}

class Center : public Method {
 public:
  Attribution attribute(Subject& subject, std::span<const Query> queries) const override {
    const Tensor rows = squared_distance(subject.pixels().size(2)).unsqueeze(1);
    const Tensor map = -(rows + squared_distance(subject.pixels().size(3)));
    return {map.expand({static_cast<std::int64_t>(queries.size()), 1, map.size(0), map.size(1)})};
  }

  Cost price(const Network&) const override { return {}; }
};

}  // namespace

std::unique_ptr<Method> make_center(Params&) {
  return std::make_unique<Center>();
}

}  // namespace assay
