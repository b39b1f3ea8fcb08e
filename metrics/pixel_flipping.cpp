// Pixel flipping. Bach, Binder, Montavon, Klauschen, Mueller & Samek, "On pixel-wise explanations for
// non-linear classifier decisions by layer-wise relevance propagation", PLOS ONE 2015.
//   x_t = 255 - x where rank_i < share N t / T, else x     (rank_i = place of pixel i among the map's values,
//                                                           highest first (MoRF) or lowest first (LeRF); ties
//                                                           in row-major order)
//   s_t = f_y(x_t), t = 0 .. T, for both orders
// A flipped pixel shows the opposite value, which is how they flip the black and white pixels of digits;
// other bases write what those of deletion do. They flip one pixel a step, and a third order (least magnitude
// first); here T steps of equal size reach `share` of the pixels, and positions are rounded to whole pixels.
// Unlike deletion it also walks from the other end, so that a map is held against its own reverse.
#include <cmath>

#include "metrics/bases.h"
#include "metrics/curve_scores.h"
#include "metrics/pixel_curves.h"
#include "metrics/score_curves.h"

namespace assay {
namespace {

Json flipping_settings(Params& params) {
  const std::int64_t steps = positive(params, "steps", 25, "steps of each order");
  const double share = params.get("share", 0.5, "share of the pixels that are flipped in the end");
  if (!(share > 0 && share <= 1)) params.fail("share", "must lie in 0..1, above 0");
  return {{"steps", steps}, {"share", share}};
}

class PixelFlipping : public PixelCurves {
 public:
  explicit PixelFlipping(Params& params)
      : PixelCurves(
            read_bases(params, {"inverted"},
                       "what a flipped pixel shows: inverted, mean, zero, gray, gaussian(11, 5), box(17) "
                       "(quote parentheses with commas)"),
            flipping_settings(params)) {}

 protected:
  std::vector<std::string> orders() const override { return kBothOrders; }

  std::vector<MaskWalk> walks(const Tensor& map) const override {
    return {{.order = order_of(map, /*highest=*/true)}, {.order = order_of(map, /*highest=*/false)}};
  }

  /// Steps that round to no pixel are left out.
  std::vector<std::int64_t> points(const Json& settings, std::int64_t pixels) const override {
    const auto steps = settings.at("steps").get<std::int64_t>();
    const double most = settings.at("share").get<double>() * static_cast<double>(pixels);
    std::vector<std::int64_t> points{0};
    for (std::int64_t t = 1; t <= steps; ++t) {
      const auto point = std::llround(most * static_cast<double>(t) / static_cast<double>(steps));
      if (point > points.back()) points.push_back(point);
    }
    return points;
  }
};

}  // namespace

std::unique_ptr<Metric> make_pixel_flipping(Params& params) {
  return std::make_unique<PixelFlipping>(params);
}

}  // namespace assay
