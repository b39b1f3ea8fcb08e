#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace assay {

/// Which output wins for which image, as somebody found before.
struct SidecarPredictions {
  std::string file;
  std::map<std::string, std::int64_t> top1;  // by name of the image file
};

/// The first of these files that says something about a network:
///   IMAGES/predictions.csv     columns `file` and `NAME:top1` or `NAME:top1_output_index`
///   NETWORK/predictions.csv    columns `file` and `top1`, as 'assay network --predictions' writes them; of
///                              whatever images that was
/// `network` is a path, `images` a folder, `names` what the network may be called. Images without a
/// prediction are left out. Throws DataError at FILE:LINE for a broken one.
std::optional<SidecarPredictions> sidecar_of(const std::string& network, const std::string& images,
                                             const std::vector<std::string>& names);

}  // namespace assay
