#include "harness/cluster/sweep.h"

#include <gmock/gmock.h>

#include <set>

#include "harness/core/error.h"
#include "tests/error_text.h"

namespace assay {
namespace {

using test::error_text;
using testing::ElementsAre;
using testing::StartsWith;

std::vector<SweepPoint> points_of(const std::vector<std::string>& sweeps) {
  return sweep_points(sweeps);
}

std::string sweep_error(const std::vector<std::string>& sweeps) {
  return error_text<ConfigError>([&] { points_of(sweeps); });
}

TEST(Sweep, NoneIsOneRun) {
  const auto points = points_of({});
  ASSERT_EQ(points.size(), 1u);
  EXPECT_TRUE(points[0].overrides.empty());
  EXPECT_EQ(points[0].folder, "");
}

TEST(Sweep, EveryCombinationTheLastOneQuickest) {
  const auto points = points_of({"seed=1,2", "numerics.batch=8,16,32"});
  ASSERT_EQ(points.size(), 6u);
  EXPECT_THAT(points[0].overrides, ElementsAre("seed=1", "numerics.batch=8"));
  EXPECT_THAT(points[1].overrides, ElementsAre("seed=1", "numerics.batch=16"));
  EXPECT_THAT(points[3].overrides, ElementsAre("seed=2", "numerics.batch=8"));
  EXPECT_EQ(points[5].folder, "seed=2,numerics.batch=32");
}

TEST(Sweep, CommasInsideOfValues) {
  const auto points = points_of({"a=[1,[2,3]],{b: 1, c: 2},'x,y',\"]\",z"});
  ASSERT_EQ(points.size(), 5u);
  EXPECT_THAT(points[0].overrides, ElementsAre("a=[1,[2,3]]"));
  EXPECT_THAT(points[1].overrides, ElementsAre("a={b: 1, c: 2}"));
  EXPECT_THAT(points[2].overrides, ElementsAre("a='x,y'"));
  EXPECT_THAT(points[3].overrides, ElementsAre("a=\"]\""));
  EXPECT_THAT(points[4].overrides, ElementsAre("a=z"));
}

TEST(Sweep, FoldersAreFitForAFileSystemAndDiffer) {
  const auto points = points_of({"networks.0.path=/models/a b,/models/a/b,/models/a_b"});
  std::set<std::string> folders;
  for (const SweepPoint& point : points) {
    EXPECT_THAT(point.folder, StartsWith("networks.0.path=_models_a_b-"));
    EXPECT_EQ(point.folder.find_first_of("/ "), std::string::npos);
    folders.insert(point.folder);
  }
  EXPECT_EQ(folders.size(), 3u);
  EXPECT_LE(points_of({"a=" + std::string(500, 'x')})[0].folder.size(), 200u);
}

TEST(Sweep, AFolderDependsOnItsOwnValuesAlone) {
  EXPECT_EQ(points_of({"seed=1,2"})[1].folder, points_of({"seed=3,2,5"})[1].folder);
}

TEST(Sweep, Mistakes) {
  EXPECT_EQ(sweep_error({"seed"}), "--sweep seed: expected key.path=a,b,c, as in numerics.batch=16,32");
  EXPECT_EQ(sweep_error({"=1"}), "--sweep =1: expected key.path=a,b,c, as in numerics.batch=16,32");
  EXPECT_EQ(sweep_error({"seed="}), "--sweep seed=: a value is missing");
  EXPECT_EQ(sweep_error({"seed=1,"}), "--sweep seed=1,: a value is missing");
  EXPECT_EQ(sweep_error({"seed=1,2,1"}), "--sweep seed=1,2,1: a value is there twice");
  EXPECT_EQ(sweep_error({"seed=1,2", "seed=3"}), "--sweep seed=3: 'seed' is swept already");
  EXPECT_EQ(sweep_error({"output=a,b"}),
            "--sweep output=a,b: every run of a sweep has an output folder of its own anyway");
}

}  // namespace
}  // namespace assay
