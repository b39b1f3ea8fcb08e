#pragma once

#include <optional>
#include <string>

#include "harness/network/network.h"

namespace assay {

/// Why no map of the whole image can be read at the output of a layer: it has no rows and columns, or sees
/// one cell of a mosaic (heads.h), over which its map must not be stretched.
std::optional<std::string> unmappable(const Network& network, int layer);

}  // namespace assay
