#include "harness/data/regions.h"

#include <gmock/gmock.h>

#include <cmath>

#include "harness/core/seed.h"
#include "harness/data/dataset.h"
#include "tests/error_text.h"

namespace assay {
namespace {

using test::error_text;
using testing::ElementsAre;

/// Pixels of `image` whose centre `inside` accepts.
template <class Inside>
Tensor by_centres(ImageSize image, Inside inside) {
  const Tensor pixels = at::zeros({image.rows, image.columns}, at::kByte);
  for (int row = 0; row < image.rows; ++row)
    for (int column = 0; column < image.columns; ++column)
      if (inside(column + 0.5, row + 0.5)) pixels[row][column] = 255;
  return pixels;
}

TEST(Painted, ABoxHoldsThePixelsWhoseCentresItHolds) {
  Random random(3);
  const auto edge = [&] {
    return std::floor(random.uniform() * 64) / 4 - 3;
  };  // quarters, beyond the image too
  for (int i = 0; i < 200; ++i) {
    const Box box{edge(), edge(), edge(), edge()};
    const Tensor expected = by_centres({7, 9}, [&](double x, double y) {
      return x >= box.left && x < box.right && y >= box.top && y < box.bottom;
    });
    ASSERT_TRUE(at::equal(painted(box, {7, 9}), expected))
        << box.left << " " << box.top << " " << box.right << " " << box.bottom;
  }
}

TEST(Painted, ARectangleAsAPolygonIsTheBox) {
  const Polygons corners{{{1.25, 2}, {6.5, 2}, {6.5, 5.75}, {1.25, 5.75}}};
  EXPECT_TRUE(at::equal(painted(corners, {8, 8}), painted(Box{1.25, 2, 6.5, 5.75}, {8, 8})));
}

/// Whether a ray from the point to the left crosses the outline an odd number of times.
bool is_inside(const Polygons::value_type& corners, double x, double y) {
  bool inside = false;
  for (std::size_t i = 0, j = corners.size() - 1; i < corners.size(); j = i++) {
    const auto [xi, yi] = corners[i];
    const auto [xj, yj] = corners[j];
    if ((yi > y) != (yj > y) && x > xi + (xj - xi) * (y - yi) / (yj - yi)) inside = !inside;
  }
  return inside;
}

TEST(Painted, PolygonsAreWhatRaysSay) {
  Random random(5);
  for (int i = 0; i < 50; ++i) {
    Polygons polygons(2);
    for (auto& corners : polygons)
      for (int corner = 0; corner < 3 + i % 4; ++corner)
        corners.push_back({random.uniform() * 20 - 3, random.uniform() * 14 - 3});
    const Tensor expected = by_centres({9, 14}, [&](double x, double y) {
      return is_inside(polygons[0], x, y) || is_inside(polygons[1], x, y);
    });
    ASSERT_TRUE(at::equal(painted(polygons, {9, 14}), expected)) << i;
  }
}

TEST(Painted, RunsGoDownTheColumns) {
  const Tensor pixels = painted(RunLengths{{2, 3}, {1, 2, 2, 1}}, {2, 3});
  EXPECT_TRUE(at::equal(pixels, at::tensor({0, 255, 0, 255, 0, 255}, at::kByte).view({2, 3}))) << pixels;
  EXPECT_TRUE(at::equal(painted(RunLengths{{2, 2}, {0, 4}}, {2, 2}), at::full({2, 2}, 255, at::kByte)));
  EXPECT_EQ(error_text<DataError>([] {
              painted(RunLengths{{2, 3}, {6}}, {3, 2});
            }),
            "the runs are of 3 x 2 pixels, their image has 2 x 3");
  EXPECT_EQ(error_text<DataError>([] {
              painted(RunLengths{{2, 3}, {1, 2}}, {2, 3});
            }),
            "the runs cover only 3 pixels, but the size is 3 x 2");
  EXPECT_EQ(error_text<DataError>([] {
              check_runs({{2, 3}, {1, 9}});
            }),
            "the runs cover more than 6 pixels, but the size is 3 x 2");
  EXPECT_EQ(error_text<DataError>([] {
              check_runs({{2, 3}, {7, -1}});
            }),
            "the runs cover more than 6 pixels, but the size is 3 x 2");
  EXPECT_EQ(error_text<DataError>([] { check_runs({{2, 3}, {5, -1, 2}}); }), "a run has the length -1");
}

/// COCO's compression, number by number.
std::string compressed(const std::vector<std::int64_t>& counts) {
  std::string text;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    std::int64_t rest = i > 2 ? counts[i] - counts[i - 2] : counts[i];
    for (bool more = true; more;) {
      const auto group = static_cast<int>(rest & 31);
      rest >>= 5;
      more = rest != ((group & 16) != 0 ? -1 : 0);
      text += static_cast<char>('0' + group + (more ? 32 : 0));
    }
  }
  return text;
}

TEST(DecodeCounts, ReadsGroupsOfFiveBits) {
  EXPECT_THAT(decode_counts("231N"), ElementsAre(2, 3, 1, 1));  // the fourth is 3 - 2
  EXPECT_THAT(decode_counts("Xo0"), ElementsAre(1000));         // 8 + 31 * 32
  EXPECT_THAT(decode_counts(""), ElementsAre());
}

TEST(DecodeCounts, TurnsTheCompressionBack) {
  Random random(9);
  for (int i = 0; i < 100; ++i) {
    std::vector<std::int64_t> counts;
    for (int run = 0; run < i % 20; ++run)
      counts.push_back(static_cast<std::int64_t>(random.below(std::uint64_t{1} << (run + 2))));
    ASSERT_EQ(decode_counts(compressed(counts)), counts);
  }
}

TEST(DecodeCounts, MistakesAreNamed) {
  EXPECT_EQ(error_text<DataError>([] { decode_counts("2X"); }), "the compressed counts end within a number");
  EXPECT_EQ(error_text<DataError>([] { decode_counts("2 3"); }),
            "character 2 of the compressed counts, ' ', does not belong");
  EXPECT_EQ(error_text<DataError>([] { decode_counts(std::string(20, 'o')); }),
            "character 12 of the compressed counts, 'o', does not belong");
}

}  // namespace
}  // namespace assay
