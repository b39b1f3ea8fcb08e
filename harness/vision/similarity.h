#pragma once

#include <cstdint>
#include <string>

#include "harness/core/statistics.h"
#include "harness/network/tensor.h"

namespace assay {

/// How two maps are made comparable before SSIM and HOG (papers.md 6). Ranks do not care, so that Spearman
/// sees the maps as they are, but for the tails that `percentile` cuts off.
enum class MapScale {
  min_max,        // to [0,1], signs and all (Adebayo 2018)
  second_moment,  // A / sqrt(mean A^2): signs stay, whatever the largest value is (Binder 2023)
  percentile,  // A / q cut off at -1 and 1, q = the 99th percentile of |A|, or its largest value where that
               // is 0
  none,
};

enum class SsimWindow {
  uniform,   // 5 x 5 (Adebayo 2018, the paper)
  gaussian,  // 11 x 11, sigma 1.5 (its code; Wang 2004)
};

struct SimilarityRules {
  MapScale scale = MapScale::min_max;
  SsimWindow window = SsimWindow::uniform;
  std::int64_t cell = 16;  // side of a cell of HOG, px
};

/// How alike two maps of one size are: 1 for equal ones, about 0 for unrelated ones (HOG of noise is a little
/// above). NaN throughout where either map is constant or not finite: such a map looks like nothing.
struct MapSimilarity {
  double spearman = kNaN;  // rank correlation of the values with their signs, ties share their mean rank
  double absolute = kNaN;  // of their magnitudes; NaN where either map has but one magnitude
  double ssim = kNaN;      // mean structural similarity; NaN where the window does not fit
  double hog = kNaN;       // Pearson correlation of hog_features(); NaN where no cell fits, or they are equal
};
MapSimilarity similarity_of(const Tensor& a, const Tensor& b, const SimilarityRules& rules);

/// [H,W] in double on the CPU.
Tensor scaled_map(const Tensor& map, MapScale scale);

/// Structural similarity (Wang et al., 2004) averaged over the windows that lie inside the maps:
///   (2 m_a m_b + C1) (2 s_ab + C2) / ((m_a^2 + m_b^2 + C1) (s_aa + s_bb + C2)),
/// m and s the window's weighted means and covariances (divided by the sum of the weights), C1 = (0.01 L)^2,
/// C2 = (0.03 L)^2, L = the largest minus the smallest value of both maps (1 after min-max). NaN where the
/// window does not fit.
double ssim(const Tensor& a, const Tensor& b, SsimWindow window);

/// Entropy in nats of the map's values in `bins` equal parts of their range: the complexity of eMPRT
/// (Hedstroem 2024), the same for every scale. NaN where the map is constant or not finite.
double histogram_entropy(const Tensor& map, std::int64_t bins);

}  // namespace assay
