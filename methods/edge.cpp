// Control: edges of the image. Sobel, 3x3 operator (1968).
//   raw_i = sqrt(Gx_i^2 + Gy_i^2) of the grey image
// Knows the image but neither network nor class (Adebayo 2018: many maps look like it).
#include "harness/network/tensor.h"
#include "harness/vision/vision.h"
#include "methods/method.h"

namespace assay {
namespace {

class Edge : public Method {
 public:
  Attribution attribute(Subject& subject, std::span<const Query> queries) const override {
    std::vector<Tensor> maps;
    for (const Query& query : queries) maps.push_back(sobel(subject.pixels().narrow(0, query.image, 1)));
    return {at::stack(maps)};
  }

  Cost price(const Network&) const override { return {}; }
};

}  // namespace

std::unique_ptr<Method> make_edge(Params&) {
  return std::make_unique<Edge>();
}

}  // namespace assay
