#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "harness/floors/colour_baseline.h"

namespace assay {

struct FloorOptions {
  std::uint64_t seed = 0;
  bool painted = false;                   // also every view without its object
  std::function<void()> on_view = [] {};  // called after each of the 60
};

/// Writes the data set into `folder`, which is made where it is missing:
///   images/3rd/0.png ... 8th/9.png   768 rows x 1024 columns
///   objects/3rd/0.png ...            255 where the object shows, 0 elsewhere
///   painted/3rd/0.png ...            the views without their objects (options.painted)
///   regions.csv                      image,class,left,top,width,height,mask
///   train.txt, test.txt              "images/3rd/0.png 3rd" a line: views 0..2, 3..9
///   floors.json                      seed and version of the renderer
/// Same options, same bytes; what lies there of the same seed and version is written again. Returns what
/// colours alone tell. Throws ConfigError when the folder holds anything else, DataError naming the file that
/// cannot be written.
ColourBaselines write_floors(const std::string& folder, const FloorOptions& options = {});

}  // namespace assay
