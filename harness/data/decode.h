#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "harness/core/geometry.h"
#include "harness/data/dataset.h"
#include "harness/data/image_reader.h"
#include "harness/network/network.h"

namespace assay {

/// Reads an image file and brings it to the network's input size: uint8 [3,H,W] in the network's channel
/// order.
///   - 8 bits, three channels (grey is repeated, alpha dropped); an EXIF orientation is ignored, as by Caffe
///     and PIL.
///   - Resize::warp: to resize_size x resize_size (the input size where resize_size is 0), bilinear without
///     antialiasing (OpenCV INTER_LINEAR). Resize::short_side: the short side becomes resize_size, the
///     long one is rounded to the nearest pixel; area averaging (INTER_AREA) when shrinking, bilinear
///     when enlarging.
///   - Crop::center: from offset floor((h - H) / 2), floor((w - W) / 2); Crop::top_left: from 0, 0.
///   - top_left_square: the top-left square of the short side, bilinear to the input size; resize and crop do
///     not apply.
/// Equals the data pack's reference pixels bit by bit.
/// Throws DataError `FILE: reason`: missing, a folder, empty, truncated, not an image, smaller than the crop.
/// OpenCV is set to use no threads of its own.
Tensor decode(const std::string& path, const Preprocess& preprocess);
/// The same without the crop (and without top_left_square): uint8 [3,h,w] of whatever size the resize gives.
Tensor decode_uncropped(const std::string& path, const Preprocess& preprocess);

/// Where decode() takes the pixels of the input from. Throws DataError without a place where the image is too
/// small.
ImageGeometry geometry_of(ImageSize image, const Preprocess& preprocess);

/// A shape on an image, brought to the network's input as decode() brings the image: bool [H,W], true where
/// more than half of a pixel is on it. Throws as decode() does, and where a mask file or runs have another
/// size than the image.
Tensor decode_mask(const RegionShape& shape, ImageSize image, const Preprocess& preprocess);

/// A mosaic as uint8 [3,H,W] in the network's channel order. Tiles are squashed to their size, by area
/// averaging (INTER_AREA) along a side that shrinks and bilinearly along one that grows; or (`center_crop`)
/// the short side becomes 8/7 of it, rounded, as decode() resizes, and the middle is taken. Throws DataError
/// `tile 2 (NAME): reason`, and as check_fits() does.
Tensor decode_mosaic(const Mosaic& mosaic, const Preprocess& preprocess);

/// Throws DataError where the tiles do not fill the network's input; it says which would.
void check_fits(const Mosaic& mosaic, const Preprocess& preprocess);

/// What a configuration's word `network.image` makes of a network's preprocessing:
///   model        as the network says
///   center-crop  short side to max(resize_size, input side), centre crop
///   squash       warped to the input size, whatever the aspect ratio
///   authors      top-left square of the short side, bilinear to the input size (papers: "authors' code")
/// Throws ConfigError listing these for any other word.
Preprocess with_image_mode(Preprocess preprocess, std::string_view mode);

/// `network.mean`: `model` as the network says; `value` the mean per channel even where there is a mean
/// image; `image` the mean image. Throws ConfigError for another word, and for `image` where the network has
/// none.
Preprocess with_mean_mode(Preprocess preprocess, std::string_view mode);

/// What came of one image.
struct Decoded {
  struct Mask {
    Tensor pixels;       // bool [H,W]; undefined when it failed
    std::string reason;  // why
  };
  Tensor pixels;                   // uint8 [3,H,W]; undefined when it failed
  std::string reason;              // why it failed: the message of the DataError
  std::vector<Mask> regions = {};  // one a region of the sample
  /// Input -> image; of a mosaic, which is its own original, the identity. No rows where it is not known.
  ImageGeometry geometry = {1, 1, 0, 0, 0, 0};
};

/// Image and regions of a sample without throwing: errors become the reason. Files are read by `reader`;
/// without one here, as long as it takes.
Decoded try_decode(const Sample& sample, const Preprocess& preprocess, ImageReader* reader = nullptr);
/// The same for several; samples that share an image (share_image) share the result.
std::vector<Decoded> try_decode_all(std::span<const Sample> samples, const Preprocess& preprocess,
                                    const std::stop_token& stop = {}, ImageReader* reader = nullptr);

/// Decodes blocks of images ahead of its user, in order, on one thread of its own; at most `ahead` decoded
/// blocks (at least 1) wait in memory. One user: push() and pop() are called from one thread.
class Prefetcher {
 public:
  /// Files are read by `reader`, if there is one.
  Prefetcher(Preprocess preprocess, std::size_t ahead, std::shared_ptr<ImageReader> reader = nullptr);
  /// Stops after the image that is being decoded; announced blocks that nobody asked for are dropped.
  ~Prefetcher();
  Prefetcher(const Prefetcher&) = delete;
  Prefetcher& operator=(const Prefetcher&) = delete;
  /// Announces a block of images that will be asked for next.
  void push(std::vector<Sample> samples);
  /// The next announced block, waiting for it if need be. One result a sample, in their order.
  std::vector<Decoded> pop();

 private:
  void work(const std::stop_token& stop);

  Preprocess preprocess_;
  std::size_t ahead_;
  std::shared_ptr<ImageReader> reader_;
  std::size_t outstanding_ = 0;  // pushed and not popped
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<std::vector<Sample>> announced_;
  std::deque<std::vector<Decoded>> decoded_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace assay
