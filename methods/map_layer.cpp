#include "methods/map_layer.h"

#include <fmt/format.h>

#include "harness/network/heads.h"
#include "harness/network/shapes.h"

namespace assay {

std::optional<std::string> unmappable(const Network& network, int layer) {
  const auto index = static_cast<std::size_t>(layer);
  const std::string& name = network.layers()[index].name;
  if (output_shapes(network)[index].size() != 3)
    return fmt::format("the output of layer '{}' has no rows and columns; choose one below it", name);
  if (behind_cuts(network)[index])
    return fmt::format(
        "layer '{}' sees one cell of the mosaic; choose a layer before the heads, or use heads: part", name);
  return std::nullopt;
}

}  // namespace assay
