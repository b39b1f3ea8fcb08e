// Control: the same value everywhere.
//   raw_i = 1
// Every pixel ties: a mask of it shows what the tie rule alone is worth (row-major order: the top of the
// image).
#include "harness/network/tensor.h"
#include "methods/method.h"

namespace assay {
namespace {

class Uniform : public Method {
 public:
  Attribution attribute(Subject& subject, std::span<const Query> queries) const override {
    return {at::ones(
        {static_cast<std::int64_t>(queries.size()), 1, subject.pixels().size(2), subject.pixels().size(3)},
        at::kDouble)};
  }

  Cost price(const Network&) const override { return {}; }
};

}  // namespace

std::unique_ptr<Method> make_uniform(Params&) {
  return std::make_unique<Uniform>();
}

}  // namespace assay
