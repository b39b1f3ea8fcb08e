#include "harness/cluster/handful.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Handful, IsSpreadFromTheFirstToTheLast) {
  EXPECT_THAT(spread_over(0, 3), IsEmpty());
  EXPECT_THAT(spread_over(1, 3), ElementsAre(0));
  EXPECT_THAT(spread_over(2, 3), ElementsAre(0, 1));
  EXPECT_THAT(spread_over(101, 3), ElementsAre(0, 50, 100));
  EXPECT_THAT(spread_over(50, 1), ElementsAre(0));
}

TEST(Handful, AMosaicHasTheFilesOfItsTiles) {
  Sample sample;
  EXPECT_THAT(files_of(sample), IsEmpty());
  auto mosaic = std::make_shared<Mosaic>();
  mosaic->tiles = {{"a", "/a.png", {}, 0}, {"b", "/b.png", {}, 0}};
  sample.mosaic = mosaic;
  EXPECT_THAT(files_of(sample), ElementsAre("/a.png", "/b.png"));
  sample.path = "/c.png";
  EXPECT_THAT(files_of(sample), ElementsAre("/c.png"));
}

}  // namespace
}  // namespace assay
