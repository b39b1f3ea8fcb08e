// Guided Grad-CAM. Selvaraju et al., "Grad-CAM: visual explanations from deep networks via gradient-based
// localization", ICCV 2017 (papers.md 1.2, 6.1).
//   raw_k,i = G_k,i up(L)_i     (G = guided backprop of the logit at the input, guided_backprop.cpp; L =
//   Grad-CAM of the logit at `layer`, grad_cam.cpp, its positive part unless `relu: false`; up = bilinear to
//   the input's size)
// Grad-CAM says where the class is, guided backprop shows it pixel by pixel.
#include "harness/network/summary.h"
#include "harness/network/tensor.h"
#include "harness/vision/vision.h"
#include "methods/by_image.h"
#include "methods/cam.h"
#include "methods/gates.h"

namespace assay {
namespace {

class GuidedGradCam : public Method {
 public:
  explicit GuidedGradCam(Params& params)
      : layer_(read_map_layer(params)),
        relu_(params.get("relu", true, "the positive part of the Grad-CAM map, as in the paper")) {}

  std::optional<std::string> unsupported(const Network& network) const override {
    return map_layer_problem(network, layer_);
  }

  Attribution attribute(Subject& subject, std::span<const Query> queries) const override {
    return {image_by_image(queries, [&](const ImageQueries& one) {
      const Tensor guided = subject.gradient(0, one.queries, Score::logit, guided_rules());
      const Tensor maps = gradient_maps(subject, one.queries, map_layer(subject.network(), layer_),
                                        Score::logit, weighted_by_mean_gradient);
      return guided * resize_bilinear(relu_ ? maps.clamp_min(0) : maps, guided.size(2), guided.size(3));
    })};
  }

  View view() const override {
    View view;
    view.reduce = "max-abs";
    return view;
  }

  Cost price(const Network& network) const override { return cost_of_passes(network, 1, 2); }
  std::vector<std::string> layer_keys() const override { return {"layer"}; }
  std::string note(const Network& network) const override { return opaque_note(network); }

 private:
  std::string layer_;
  bool relu_;
};

}  // namespace

std::unique_ptr<Method> make_guided_grad_cam(Params& params) {
  return std::make_unique<GuidedGradCam>(params);
}

}  // namespace assay
