// Insertion. Petsiuk, Das & Saenko, "RISE: randomized input sampling for explanation of black-box models",
// BMVC 2018 (papers.md 7.1).
//   x_t = x where rank_i < t step, else b     (rank_i = place of pixel i among the map's values, highest
//   first,
//                                              ties in row-major order; b = base image, a blurred one)
//   s_t = f_y(x_t), t = 0 .. T: from the base to the image; the score is the area under s (curve_scores.h)
// All channels of a pixel are inserted together. The published evaluation of many images takes steps of 8 x
// 224 pixels and blurs 11 x 11 with sigma 5 in the network's normalised space, with zeros around the image;
// here the blur is made in pixel space with reflected borders, which it therefore does not darken. The last
// step may be shorter; the area is that over pixels, which is theirs where it is not.
#include "metrics/bases.h"
#include "metrics/curve_scores.h"
#include "metrics/pixel_curves.h"
#include "metrics/score_curves.h"

namespace assay {
namespace {

class Insertion : public PixelCurves {
 public:
  explicit Insertion(Params& params)
      : PixelCurves(
            read_bases(params, {"gaussian(11, 5)"},
                       "what the pixels are inserted into: gaussian(11, 5), box(17), zero, gray, mean, "
                       "inverted (quote parentheses with commas)"),
            {{"step", positive(params, "step", 1792, "pixels of a step")}}) {}

 protected:
  std::vector<std::string> orders() const override { return kOneOrder; }

  std::vector<MaskWalk> walks(const Tensor& map) const override {
    return {{.order = order_of(map, /*highest=*/true), .inserts = true}};
  }

  std::vector<std::int64_t> points(const Json& settings, std::int64_t pixels) const override {
    return step_points(pixels, settings.at("step").get<std::int64_t>());
  }
};

}  // namespace

std::unique_ptr<Metric> make_insertion(Params& params) {
  return std::make_unique<Insertion>(params);
}

}  // namespace assay
