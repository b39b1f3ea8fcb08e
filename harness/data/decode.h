#pragma once

#include <deque>
#include <future>
#include <string>
#include <vector>

#include "harness/network/network.h"

namespace assay {

/// Reads an image file and brings it to the network's input size: uint8 [3,H,W] in the network's channel order (resize, crop
/// and channel order of `preprocess`; bilinear, area averaging when shrinking by short side). Grey images get three channels.
/// Throws DataError naming the file and the reason (missing, empty, not an image, truncated).
Tensor decode(const std::string& path, const Preprocess& preprocess);

/// What came of one image.
struct Decoded {
  Tensor pixels;       // uint8 [3,H,W]; undefined when it failed
  std::string reason;  // why it failed
};

/// Decodes a list of images ahead of its user, in order, on a thread of its own.
class Prefetcher {
 public:
  Prefetcher(Preprocess preprocess, std::size_t ahead);
  ~Prefetcher();
  /// Announces images that will be asked for next.
  void push(std::vector<std::string> paths);
  /// The next announced block, waiting for it if need be.
  std::vector<Decoded> pop();

 private:
  Preprocess preprocess_;
  std::size_t ahead_;
  std::deque<std::future<std::vector<Decoded>>> queue_;
};

}  // namespace assay
