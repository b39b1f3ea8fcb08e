#pragma once

#include <span>
#include <string>
#include <vector>

#include "harness/network/tensor.h"

namespace assay {

// Pictures are uint8 [H,W,3], RGB, contiguous, on the CPU. Maps and masks may live on any device.

/// Pixels [3,H,W] (0..255, any type, BGR or RGB) -> picture; rounded and clamped.
Tensor picture_of(const Tensor& pixels, bool bgr);

/// The picture in grey under the colours of a map [H,W] in [0,1]: inferno, whose lightness rises with the
/// value, from black through red to pale yellow; see `legend` of a Tile. `opacity` of the colours in [0,1].
/// NaN counts as 0.
Tensor heat_overlay(const Tensor& picture, const Tensor& map, double opacity = 0.7);

/// The picture with what a mask [H,W] (bool) hides dimmed, and a bright line on the mask's inner edge (its
/// pixels with a 4-neighbour outside the mask; the picture's border is no edge). Pictures below 128 px are
/// enlarged before, pixel by pixel, by the factor that brings their short side to at most 256 px: the line
/// stays thin.
Tensor mask_overlay(const Tensor& picture, const Tensor& mask);

/// The picture with a thin cyan line around a region [H,W] (bool): on the pixels outside that touch it, so
/// that the line of a mask of the same form stays. The picture may be of the region's size or what
/// mask_overlay() made of one; small ones are enlarged as there.
Tensor outlined(const Tensor& picture, const Tensor& region);

/// One picture of a panel with a title above and lines of text under it. Without a picture it is an empty
/// place.
struct Tile {
  Tensor picture;
  std::string title;
  std::vector<std::string> lines;
  bool legend = false;  // a bar with the colours of heat_overlay() and "0", "1" under the picture
};

/// Tiles in rows of `columns`, pictures `width` px wide, white around them.
struct PanelStyle {
  int columns = 3;
  int width = 400;
  int margin = 20;
};

/// Draws `heading` (may be empty) and the tiles, row by row. Texts wrap at the width of their column;
/// characters that are not ASCII appear as '?'. Small pictures (below 128 px) are enlarged pixel by pixel,
/// others smoothly.
Tensor panel(const std::string& heading, std::span<const Tile> tiles, const PanelStyle& style = {});

/// Throws DataError naming the file when it cannot be written completely.
void save_png(const Tensor& picture, const std::string& path);

}  // namespace assay
