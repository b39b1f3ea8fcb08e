// Control: independent uniform values.
//   raw_i ~ U[0,1), seeded by the run's seed and the image's name: the same for every class, configuration
//   and rank.
// What a method that knows nothing scores. Unlike `uniform` it has no ties.
#include "harness/core/seed.h"
#include "harness/network/tensor.h"
#include "methods/method.h"

namespace assay {
namespace {

class RandomMap : public Method {
 public:
  Attribution attribute(Subject& subject, std::span<const Query> queries) const override {
    const std::int64_t height = subject.pixels().size(2), width = subject.pixels().size(3);
    const Tensor raw = at::empty({static_cast<std::int64_t>(queries.size()), 1, height, width}, at::kDouble);
    double* value = raw.data_ptr<double>();
    for (const Query& query : queries) {
      Random random(subject.seed(query.image));
      for (std::int64_t i = 0; i < height * width; ++i) *value++ = random.uniform();
    }
    return {raw};
  }

  Cost price(const Network&) const override { return {}; }
  bool uses_seed() const override { return true; }
};

}  // namespace

std::unique_ptr<Method> make_random(Params&) {
  return std::make_unique<RandomMap>();
}

}  // namespace assay
