#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgcodecs.hpp>

#include "harness/core/seed.h"
#include "harness/data/decode.h"
#include "tests/error_text.h"
#include "tests/temporary_folder.h"

namespace assay {
namespace {

using test::error_text;
using test::TemporaryFolder;
using Resize = Preprocess::Resize;
using Crop = Preprocess::Crop;

/// Noise of its own for each seed.
void write_noise(const std::string& file, int rows, int columns, std::uint64_t seed) {
  cv::Mat image(rows, columns, CV_8UC3);
  Random random(seed);
  for (int y = 0; y < rows; ++y)
    for (int x = 0; x < 3 * columns; ++x) image.ptr(y)[x] = static_cast<unsigned char>(random.below(256));
  cv::imwrite(file, image);
}

class Mosaics : public testing::Test {
 protected:
  Mosaics() {
    for (int i = 0; i < 9; ++i) {
      const std::string file = folder_ / fmt::format("{}.png", i);
      write_noise(file, 20 + 7 * i, 31 + (i % 3) * 25, static_cast<std::uint64_t>(i));
      mosaic_.tiles.push_back({fmt::format("{}.png", i), file, {i, ""}});
    }
  }
  /// The first n x n tiles.
  Mosaic of(int n, int side, bool center_crop) const {
    Mosaic mosaic = mosaic_;
    mosaic.n = n;
    mosaic.side = side;
    mosaic.center_crop = center_crop;
    mosaic.tiles.resize(static_cast<std::size_t>(n * n));
    return mosaic;
  }
  TemporaryFolder folder_;
  Mosaic mosaic_;
};

/// The picture of tiles that `tile_of` makes of their files.
template <class TileOf>
Tensor side_by_side(const Mosaic& mosaic, TileOf tile_of) {
  const int n = mosaic.n, side = mosaic.side;
  Tensor picture = at::zeros({3, n * side, n * side}, at::kDouble);
  for (int row = 0; row < n; ++row)
    for (int column = 0; column < n; ++column)
      picture.slice(1, row * side, (row + 1) * side)
          .slice(2, column * side, (column + 1) * side)
          .copy_(tile_of(mosaic.tiles[static_cast<std::size_t>(row * n + column)].path));
  return picture;
}

TEST_F(Mosaics, AreTheMiddlesOfTheirTilesSideBySide) {
  for (const auto& [n, side] : {std::pair{2, 21}, {3, 14}})
    for (const bool bgr : {false, true}) {
      const Mosaic mosaic = of(n, side, true);
      Preprocess tile{.height = side, .width = side, .bgr = bgr};
      tile.resize = Resize::short_side;
      tile.resize_size = std::lround(side * 8 / 7.0);
      tile.crop = Crop::center;
      const Tensor expected =
          side_by_side(mosaic, [&](const std::string& file) { return decode(file, tile); });
      const Tensor found = decode_mosaic(mosaic, {.height = 42, .width = 42, .bgr = bgr});
      EXPECT_TRUE(at::equal(found.to(at::kDouble), expected)) << n << " " << bgr;
    }
}

/// [to, from]: how much of each pixel of a line becomes part of each pixel of a shorter one (the shares that
/// it covers) or a longer one (bilinear).
Tensor shares(int from, int to) {
  const Tensor weights = at::zeros({to, from}, at::kDouble);
  const double scale = static_cast<double>(from) / to;
  for (int i = 0; i < to; ++i)
    for (int j = 0; j < from; ++j) {
      const double covered = std::min((i + 1) * scale, j + 1.0) - std::max(i * scale, static_cast<double>(j));
      const double centre = std::clamp((i + 0.5) * scale - 0.5, 0.0, from - 1.0);
      weights[i][j] = std::max(0.0, from > to ? covered / scale : 1 - std::abs(centre - j));
    }
  return weights;
}

TEST_F(Mosaics, AreTheirTilesSquashedWithoutAliasing) {
  for (const auto& [n, side] : {std::pair{2, 21}, {3, 14}})
    for (const bool bgr : {false, true}) {
      const Mosaic mosaic = of(n, side, false);
      const Tensor expected = side_by_side(mosaic, [&, side = side](const std::string& file) {
        const Preprocess plain{.bgr = bgr};
        const Tensor image = decode_uncropped(file, plain).to(at::kDouble);
        const Tensor rows = shares(static_cast<int>(image.size(1)), side),
                     columns = shares(static_cast<int>(image.size(2)), side);
        return at::matmul(at::matmul(rows, image), columns.t());
      });
      const Tensor found = decode_mosaic(mosaic, {.height = 42, .width = 42, .bgr = bgr});
      EXPECT_LE((found.to(at::kDouble) - expected).abs().max().item<double>(), 1.2) << n << " " << bgr;
    }
}

TEST_F(Mosaics, IgnoreHowTheNetworkWouldPrepareAnImage) {
  const Mosaic mosaic = of(2, 21, false);
  Preprocess network{.height = 42, .width = 42};
  const Tensor plain = decode_mosaic(mosaic, network);
  network.resize = Resize::short_side;
  network.resize_size = 50;
  network.crop = Crop::center;
  EXPECT_TRUE(at::equal(decode_mosaic(mosaic, network), plain));
}

TEST_F(Mosaics, MistakesSayWhichSizesFit) {
  EXPECT_EQ(error_text<DataError>([&] { decode_mosaic(of(2, 20, false), {.height = 42, .width = 42}); }),
            "2 x 2 tiles of 20 px make 40 x 40 pixels, the network's input is 42 x 42; what fits it: n: 2, "
            "image: 21; n: 3, image: 14");
  EXPECT_EQ(
      error_text<DataError>([&] { decode_mosaic(of(2, 20, false), {.height = 40, .width = 42}); }),
      "2 x 2 tiles of 20 px make 40 x 40 pixels, the network's input is 42 x 40; what fits it: no mosaic");
  Mosaic broken = of(2, 21, false);
  broken.tiles[2].path = folder_ / "none.png";
  EXPECT_EQ(error_text<DataError>([&] { decode_mosaic(broken, {.height = 42, .width = 42}); }),
            "tile 2 (2.png): no such file");
}

TEST_F(Mosaics, CellsTileTheInputSoThatUniformSharesAreEqual) {
  Sample sample{"grid-0/cell-0", "", {{0, ""}}};
  sample.mosaic = std::make_shared<Mosaic>(of(3, 14, false));
  for (int cell = 0; cell < 9; ++cell) {
    const double left = cell % 3 * 14, top = cell / 3 * 14;
    sample.regions.push_back({{cell, ""}, Box{left, top, left + 14, top + 14}});
  }
  const Decoded decoded = try_decode(sample, {.height = 42, .width = 42});
  ASSERT_EQ(decoded.reason, "");
  Tensor covered = at::zeros({42, 42}, at::kInt);
  const Tensor uniform = at::ones({42, 42}, at::kDouble);
  for (const Decoded::Mask& mask : decoded.regions) {
    covered += mask.pixels.to(at::kInt);
    EXPECT_DOUBLE_EQ((uniform * mask.pixels).sum().item<double>() / uniform.sum().item<double>(), 1.0 / 9);
  }
  EXPECT_TRUE(at::equal(covered, at::ones_like(covered)));
  const ImageGeometry& g = decoded.geometry;
  EXPECT_EQ(std::tuple(g.scale_y, g.scale_x, g.offset_y, g.offset_x, g.rows, g.columns),
            std::tuple(1, 1, 0, 0, 42, 42));
}

TEST_F(Mosaics, SamplesOfOneImageAreDecodedOnce) {
  Sample first{"a/x", folder_ / "0.png", {}};
  first.image = "a";
  Sample second = first, apart = first, alone = first;
  second.name = "a/y";
  apart.regions = {{{1, ""}, Box{0, 0, 5, 5}}};
  alone.image = "";
  const std::vector<Sample> samples{first, second, apart, alone};
  const auto all = try_decode_all(samples, with_image_mode({.height = 20, .width = 20}, "squash"));
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[1].pixels.data_ptr(), all[0].pixels.data_ptr());
  for (const std::size_t i : {2, 3}) {
    EXPECT_NE(all[i].pixels.data_ptr(), all[0].pixels.data_ptr());
    EXPECT_TRUE(at::equal(all[i].pixels, all[0].pixels));
  }
  EXPECT_EQ(all[2].regions.size(), 1u);
}

/// Ways to bring an image to 24 x 30 pixels.
std::vector<Preprocess> every_way() {
  std::vector<Preprocess> ways;
  for (const char* mode : {"squash", "authors", "center-crop"})
    ways.push_back(with_image_mode({.height = 24, .width = 30, .bgr = true}, mode));
  for (const Crop crop : {Crop::center, Crop::top_left})
    for (const Resize resize : {Resize::none, Resize::warp, Resize::short_side}) {
      Preprocess way{.height = 24, .width = 30, .bgr = true};
      way.resize = resize;
      way.resize_size = 37;
      way.crop = crop;
      ways.push_back(way);
    }
  return ways;
}

/// Blue grows with the column, green with the row.
cv::Mat ramps(int rows, int columns) {
  cv::Mat image(rows, columns, CV_8UC3);
  for (int y = 0; y < rows; ++y)
    for (int x = 0; x < columns; ++x)
      image.at<cv::Vec3b>(y, x) =
          cv::Vec3b(static_cast<unsigned char>(2 * x), static_cast<unsigned char>(2 * y), 0);
  return image;
}

TEST(Geometry, SaysWhereEachInputPixelLies) {
  const TemporaryFolder folder;
  for (const auto& [rows, columns] : {std::pair{41, 90}, {110, 53}, {31, 32}}) {
    cv::imwrite(folder / "ramps.png", ramps(rows, columns));
    for (std::size_t way = 0; way < every_way().size(); ++way) {
      const Preprocess p = every_way()[way];
      const Decoded decoded = try_decode({"", folder / "ramps.png", {}}, p);
      ASSERT_EQ(decoded.reason, "") << rows << " " << way;
      const ImageGeometry g = decoded.geometry;
      EXPECT_EQ(std::pair(g.rows, g.columns), std::pair(rows, columns));
      const auto along = [](double offset, double scale, int pixels, int count) {
        return (at::arange(count, at::kDouble) * scale + offset).clamp(0, pixels - 1) * 2;
      };
      const Tensor found = decoded.pixels.to(at::kDouble);
      const Tensor x = along(g.offset_x, g.scale_x, columns, 30), y = along(g.offset_y, g.scale_y, rows, 24);
      EXPECT_LE((found[0] - x.view({1, -1})).abs().max().item<double>(), 1.01) << rows << " " << way;
      EXPECT_LE((found[1] - y.view({-1, 1})).abs().max().item<double>(), 1.01) << rows << " " << way;
    }
  }
}

TEST(Geometry, PlacesShapesWhereItPlacesTheirPixels) {
  const ImageSize image{64, 80};
  const Box box{13, 9, 57, 50};
  for (std::size_t way = 0; way < every_way().size(); ++way) {
    const Preprocess p = every_way()[way];
    const ImageGeometry g = geometry_of(image, p);
    const Tensor mask = decode_mask(box, image, p);
    const auto within = [](double at, double low, double high, double margin) {
      return at + 0.5 > low + margin && at + 0.5 < high - margin;
    };
    for (int row = 0; row < 24; ++row)
      for (int column = 0; column < 30; ++column) {
        const double y = g.offset_y + g.scale_y * row, x = g.offset_x + g.scale_x * column;
        const double my = g.scale_y / 2 + 0.5, mx = g.scale_x / 2 + 0.5;
        if (within(y, box.top, box.bottom, my) && within(x, box.left, box.right, mx))
          ASSERT_TRUE(mask[row][column].item<bool>()) << way << " " << row << " " << column;
        if (!within(y, box.top, box.bottom, -my) || !within(x, box.left, box.right, -mx))
          ASSERT_FALSE(mask[row][column].item<bool>()) << way << " " << row << " " << column;
      }
  }
}

TEST(Geometry, DrawnShapesAreTheirMaskFiles) {
  const TemporaryFolder folder;
  const ImageSize image{64, 80};
  const std::vector<RegionShape> shapes{Box{13, 9, 57, 50}, Polygons{{{3, 3}, {70, 20}, {40, 60}}},
                                        RunLengths{image, {64 * 20 + 5, 64 * 30, 64 * 30 - 5}}};
  for (const RegionShape& shape : shapes) {
    const Tensor pixels = std::visit(
        [&](const auto& drawn) {
          if constexpr (std::is_same_v<std::decay_t<decltype(drawn)>, std::string>)
            return Tensor();
          else
            return painted(drawn, image);
        },
        shape);
    cv::imwrite(folder / "mask.png", cv::Mat(image.rows, image.columns, CV_8UC1, pixels.data_ptr()));
    for (const Preprocess& p : every_way())
      EXPECT_TRUE(at::equal(decode_mask(shape, image, p), decode_mask(folder / "mask.png", image, p)));
  }
}

}  // namespace
}  // namespace assay
