#pragma once

namespace assay {

/// Where a pixel of a network's input lies on the image that the input was made of.
struct ImageGeometry {
  double scale_y, scale_x, offset_y, offset_x; /* original = offset + scale * input, pixel centres */
  int rows, columns;                           /* of the original */
};

}  // namespace assay
