#pragma once

#include <span>
#include <string>
#include <vector>

namespace assay {

/// One run of a sweep.
struct SweepPoint {
  std::vector<std::string> overrides;  // key.path=value, one a --sweep
  std::string folder;                  // name of its output folder: the overrides, in the file system's words
};

/// Every combination of `key.path=a,b,c`, the last one quickest. Commas inside brackets, braces and quotes
/// belong to a value: `protocols=[paper],[paper,authors-code]` are two. Without any, one point without
/// overrides and folder. A folder depends on its own values alone, so that a longer sweep finds what an
/// earlier one computed. Throws ConfigError `--sweep ...: ...` for a missing or repeated value, a key given
/// twice, and `output`, which each run has anyway.
std::vector<SweepPoint> sweep_points(std::span<const std::string> sweeps);

}  // namespace assay
