// Deletion. Petsiuk, Das & Saenko, "RISE: randomized input sampling for explanation of black-box models",
// BMVC 2018 (papers.md 7.1).
//   x_t = b where rank_i < t step, else x     (rank_i = place of pixel i among the map's values, highest
//   first,
//                                              ties in row-major order; b = base image, of the mean colour)
//   s_t = f_y(x_t), t = 0 .. T: from the image to the base; the score is the area under s (curve_scores.h),
//   low where the map is good
// All channels of a pixel are deleted together. `mean` is what the normalisation turns into 0, as published.
// The last step may be shorter; the area is that over pixels, which is the published one where it is not.
// Unlike insertion it leaves the image with holes, and networks see their edges.
#include "metrics/bases.h"
#include "metrics/curve_scores.h"
#include "metrics/pixel_curves.h"
#include "metrics/score_curves.h"

namespace assay {
namespace {

class Deletion : public PixelCurves {
 public:
  explicit Deletion(Params& params)
      : PixelCurves(read_bases(params, {"mean"},
                               "what shows in place of deleted pixels: mean, zero, gray, inverted, "
                               "gaussian(11, 5), box(17) (quote parentheses with commas)"),
                    {{"step", positive(params, "step", 1792, "pixels of a step")}}) {}

 protected:
  std::vector<std::string> orders() const override { return kOneOrder; }

  std::vector<MaskWalk> walks(const Tensor& map) const override {
    return {{.order = order_of(map, /*highest=*/true)}};
  }

  std::vector<std::int64_t> points(const Json& settings, std::int64_t pixels) const override {
    return step_points(pixels, settings.at("step").get<std::int64_t>());
  }
};

}  // namespace

std::unique_ptr<Metric> make_deletion(Params& params) {
  return std::make_unique<Deletion>(params);
}

}  // namespace assay
