#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "metrics/metric.h"

namespace assay {

/// Under which circumstances explanations are made again.
struct Circumstances {
  std::optional<Network> network = {};  // instead of the subject's
  std::uint64_t seed = 0;               // of the run: Subject::run_seed() for the same random numbers
  Tensor pixels = {};                   // [N,3,H,W] instead of the subject's, for one sample
  /// sMPRT: a map is the mean of those of so many inputs, the image itself and `samples` - 1 with Gaussian
  /// noise on its pixels of the deviation `noise` x (max - min of the image's pixels), not cut off. The noise
  /// depends on the subject's own seed and the image alone: it is the same under all circumstances.
  std::int64_t samples = 1;
  double noise = 0.1;
};

/// Who is explained again.
struct Reexplained {
  const Explanation* explanation = nullptr;
  bool repredicted =
      false;  // the class that the network under the circumstances predicts for the image alone
};

/// One map made again.
struct Remade {
  Tensor map;           // [H,W] in double; undefined after a failure
  Cost cost;            // of this alone, without seconds
  std::string failure;  // what the method threw
};

/// By candidate, by query. All explain the same subjects, so that activations and raw attributions are shared
/// where they can be; each is billed as if it were alone. The same bits whoever comes along and whatever
/// other images the subject has.
std::vector<std::vector<Remade>> remake(const Subject& subject, const Circumstances& under,
                                        std::span<const Reexplained> candidates);

}  // namespace assay
