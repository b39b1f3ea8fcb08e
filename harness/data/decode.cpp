#include "harness/data/decode.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "harness/core/error.h"
#include "harness/data/fit.h"
#include "harness/data/image_reader.h"
#include "harness/network/tensor.h"

namespace assay {
namespace {

/// Reads image files through whoever was given, otherwise here.
struct Reading {
  ImageReader* reader = nullptr;
  cv::Mat operator()(const std::string& path) const { return reader ? reader->read(path) : read_image(path); }
};

/// What `act` throws, said of a file.
template <class Act>
auto said_of(const std::string& path, Act act) {
  try {
    return act();
  } catch (const DataError& error) {
    throw DataError(fmt::format("{}: {}", path, error.what()));
  }
}

/// Copies an image whose rows follow each other, which those of a crop do not.
Tensor planes_of(const cv::Mat& image) {
  ASSAY_ASSERT(image.isContinuous());
  const auto options = at::TensorOptions().dtype(at::kByte);
  return at::from_blob(image.data, {image.rows, image.cols, 3}, options)
      .permute({2, 0, 1})
      .clone(at::MemoryFormat::Contiguous);
}

Tensor in_channel_order(const Preprocess& p, const cv::Mat& bgr) {
  cv::Mat pixels;
  if (p.bgr)
    pixels = bgr.clone();
  else
    cv::cvtColor(bgr, pixels, cv::COLOR_BGR2RGB);
  return planes_of(pixels);
}

/// One plane, 255 on the object.
cv::Mat object_of(const std::string& file, ImageSize image, const Reading& read) {
  cv::Mat grey;
  cv::cvtColor(read(file), grey, cv::COLOR_BGR2GRAY);
  if (image != ImageSize{grey.rows, grey.cols})
    throw DataError(fmt::format("{}: the mask has {} x {} pixels, its image {} x {}", file, grey.cols,
                                grey.rows, image.columns, image.rows));
  return grey > 0;
}
template <class Drawn>
cv::Mat object_of(const Drawn& shape, ImageSize image, const Reading&) {
  const Tensor pixels = painted(shape, image);
  return cv::Mat(image.rows, image.columns, CV_8UC1, pixels.data_ptr()).clone();
}

Tensor mask_of(const RegionShape& shape, ImageSize image, const Preprocess& preprocess, const Reading& read) {
  quieten_opencv();
  const cv::Mat plane = std::visit([&](const auto& drawn) { return object_of(drawn, image, read); }, shape);
  cv::Mat object;
  cv::merge(std::vector<cv::Mat>(3, plane), object);
  return planes_of(fitted(preprocess, object).clone())[0].gt(127);
}

Decoded::Mask try_decode_mask(const Region& region, ImageSize image, const Preprocess& preprocess,
                              const Reading& read) {
  try {
    return {mask_of(region.shape, image, preprocess, read), ""};
  } catch (const std::exception& error) {
    return {Tensor(), error.what()};
  }
}

/// An average of all the pixels that a smaller one covers.
cv::Mat antialiased(const cv::Mat& image, cv::Size size) {
  const cv::Size shrunk(std::min(image.cols, size.width), std::min(image.rows, size.height));
  cv::Mat small, result;
  cv::resize(image, small, shrunk, 0, 0, cv::INTER_AREA);
  cv::resize(small, result, size, 0, 0, cv::INTER_LINEAR);
  return result;
}

cv::Mat tile_of(const Mosaic& mosaic, const cv::Mat& image) {
  if (!mosaic.center_crop) return antialiased(image, {mosaic.side, mosaic.side});
  Preprocess middle{.height = mosaic.side, .width = mosaic.side};
  middle.resize = Preprocess::Resize::short_side;
  middle.resize_size = std::lround(mosaic.side * 8 / 7.0);
  middle.crop = Preprocess::Crop::center;
  return fitted(middle, image);
}

Tensor mosaic_of(const Mosaic& mosaic, const Preprocess& preprocess, const Reading& read) {
  quieten_opencv();
  check_fits(mosaic, preprocess);
  ASSAY_ASSERT(std::ssize(mosaic.tiles) == std::int64_t{mosaic.n} * mosaic.n);
  cv::Mat picture(mosaic.n * mosaic.side, mosaic.n * mosaic.side, CV_8UC3);
  for (int i = 0; i < mosaic.n * mosaic.n; ++i) {
    const MosaicTile& tile = mosaic.tiles[static_cast<std::size_t>(i)];
    const cv::Rect place(i % mosaic.n * mosaic.side, i / mosaic.n * mosaic.side, mosaic.side, mosaic.side);
    try {
      tile_of(mosaic, read(tile.path)).copyTo(picture(place));
    } catch (const DataError& error) {
      const std::string reason = error.what(), path = tile.path + ": ";
      throw DataError(fmt::format("tile {} ({}): {}", i, tile.name,
                                  reason.starts_with(path) ? reason.substr(path.size()) : reason));
    }
  }
  return in_channel_order(preprocess, picture);
}

/// The picture of a sample without a file.
Tensor blank(const Preprocess& preprocess) {
  return at::full({3, preprocess.height, preprocess.width}, 128, at::kByte);
}

Decoded decode_sample(const Sample& sample, const Preprocess& preprocess, const Reading& read) {
  if (sample.mosaic || sample.path.empty()) {
    Decoded decoded{sample.mosaic ? mosaic_of(*sample.mosaic, preprocess, read) : blank(preprocess), ""};
    const Preprocess as_it_is{.height = preprocess.height, .width = preprocess.width};
    const ImageSize size{static_cast<int>(preprocess.height), static_cast<int>(preprocess.width)};
    decoded.geometry = geometry_of(size, as_it_is);
    for (const Region& region : sample.regions)
      decoded.regions.push_back(try_decode_mask(region, size, as_it_is, read));
    return decoded;
  }
  const cv::Mat bgr = read(sample.path);
  const ImageSize size{bgr.rows, bgr.cols};
  Decoded decoded{in_channel_order(preprocess, said_of(sample.path, [&] { return fitted(preprocess, bgr); })),
                  ""};
  decoded.geometry = geometry_of(size, preprocess);
  for (const Region& region : sample.regions)
    decoded.regions.push_back(try_decode_mask(region, size, preprocess, read));
  return decoded;
}

}  // namespace

Tensor decode(const std::string& path, const Preprocess& preprocess) {
  quieten_opencv();
  const cv::Mat image = read_image(path);
  return in_channel_order(preprocess, said_of(path, [&] { return fitted(preprocess, image); }));
}

Tensor decode_uncropped(const std::string& path, const Preprocess& preprocess) {
  quieten_opencv();
  const cv::Mat image = read_image(path);
  return in_channel_order(preprocess, resized(preprocess, image));
}

Tensor decode_mask(const RegionShape& shape, ImageSize image, const Preprocess& preprocess) {
  return mask_of(shape, image, preprocess, {});
}

void check_fits(const Mosaic& mosaic, const Preprocess& preprocess) {
  const std::int64_t side = std::int64_t{mosaic.n} * mosaic.side;
  if (side == preprocess.height && side == preprocess.width) return;
  std::string fitting;
  for (const std::int64_t n : {2, 3, 4})
    if (preprocess.height == preprocess.width && preprocess.width % n == 0)
      fitting += fmt::format("{}n: {}, image: {}", fitting.empty() ? "" : "; ", n, preprocess.width / n);
  throw DataError(
      fmt::format("{0} x {0} tiles of {1} px make {2} x {2} pixels, the network's input is {3} x "
                  "{4}; what fits it: {5}",
                  mosaic.n, mosaic.side, side, preprocess.width, preprocess.height,
                  fitting.empty() ? "no mosaic" : fitting));
}

Tensor decode_mosaic(const Mosaic& mosaic, const Preprocess& preprocess) {
  return mosaic_of(mosaic, preprocess, {});
}

Decoded try_decode(const Sample& sample, const Preprocess& preprocess, ImageReader* reader) {
  try {
    quieten_opencv();
    return decode_sample(sample, preprocess, {reader});
  } catch (const std::exception& error) {
    return {Tensor(), error.what()};
  }
}

std::vector<Decoded> try_decode_all(std::span<const Sample> samples, const Preprocess& preprocess,
                                    const std::stop_token& stop, ImageReader* reader) {
  std::vector<Decoded> all;
  for (const Sample& sample : samples) {
    if (stop.stop_requested()) break;
    const auto same = std::ranges::find_if(samples.first(all.size()),
                                           [&](const Sample& s) { return share_image(s, sample); });
    const auto earlier = static_cast<std::size_t>(same - samples.begin());
    all.push_back(earlier < all.size() ? all[earlier] : try_decode(sample, preprocess, reader));
  }
  return all;
}

}  // namespace assay
