// VAR, class-relevant maps. Walter, Vreeken & Fischer 2025, arXiv 2503.07346 (papers.md 1.1).
//   V_c,i = A_c,i M_c,i 1[M_c,i - 1/K > tau]
//   A_c = raw signed attribution of class c by the method `of`, place i = a pixel of a channel; M = the
//   classes' shares of the place, a softmax over the K classes that compete (competition.h: the three
//   published forms).
// A wrapper: what other classes claim as well is taken out of the base's map. Coarse maps (class activation
// maps, excitation) are summed over channels and enlarged to the input first. With K = 1 it is the base's
// map. Asks the base for K classes. How many pixels survive (in any channel) is the figure `surviving`: the
// softmax knows no units, so that small attributions give M = 1/K everywhere and an empty map.
#include <fmt/format.h>

#include "harness/network/tensor.h"
#include "methods/competing_method.h"

namespace assay {
namespace {

class ClassRelevant : public CompetingMethod {
 public:
  using CompetingMethod::CompetingMethod;

 private:
  Asked asked(Subject&, const Query& query) const override { return {.classes = {query.target}}; }

  Outcome decide(const Tensor& raw, const Tensor& shares, const Tensor& passes,
                 std::span<const std::int64_t> rows) const override {
    const Tensor survived = passes[rows[0]];
    const Tensor relevant = raw[rows[0]] * shares[rows[0]];
    return {at::where(survived, relevant, at::zeros_like(relevant)), survived};
  }

  std::string why_nothing_survives(double largest) const override {
    if (competition().has_common_scale())
      return "no share passes 1/K + tau: other classes claim every place as much";
    return fmt::format(
        "no share passes 1/K + tau, a matter of scale: attributions up to {:.2g} compete; set "
        "common_scale: true or raise the temperature",
        largest);
  }
};

}  // namespace

std::unique_ptr<Method> make_var(Params& params) {
  return std::make_unique<ClassRelevant>(params);
}

}  // namespace assay
