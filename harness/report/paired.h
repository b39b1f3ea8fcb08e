#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

namespace assay {

/// A row of a column, and what compare() finds.
struct Contender {
  double average = 0;
  std::size_t kept = 0;
  bool suspect = false;
  bool best = false;
  bool tied = false;             // cannot be told from the best: p >= 1 - level, or not worse there
  std::optional<double> p = {};  // against the best row, Holm over the rows of the column
};

/// By image, the mean of the samples' values that are numbers; images without one are left out. Samples of
/// one image are no independent observations. `images` by sample, see image_indices().
std::vector<double> means_by_image(const std::vector<double>& values, const std::vector<std::size_t>& images);

/// Values of the first row minus those of the second, where both have one: by image.
using Differences = std::function<std::vector<double>(std::size_t, std::size_t)>;

/// Marks the best row of a column, the highest average of those that are not suspect and keep at least half
/// as many images as any, and those that cannot be told from it: Wilcoxon on paired differences. A row that
/// shares nothing with the best has no p. One whose differences favour it, by mean or by signed ranks, is
/// tied whatever p is. A row alone is not compared.
void compare(std::vector<Contender>& column, const Differences& differences, double level);

}  // namespace assay
