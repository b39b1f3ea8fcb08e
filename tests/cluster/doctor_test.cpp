#include "harness/cluster/doctor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "tests/run/world.h"

namespace assay {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::StartsWith;

TEST(Doctor, PrintsALineForEachFinding) {
  EXPECT_EQ(line_of({Health::ok, "space", "enough"}), "ok    space: enough");
  EXPECT_EQ(line_of({Health::warn, "space", "little", "make room"}), "warn  space: little; make room");
  EXPECT_EQ(line_of({Health::fail, "space", "none", "make room"}), "fail  space: none; make room");
}

TEST(Doctor, AMessageSaysWhatIsWrongAndThenWhatToDo) {
  EXPECT_EQ(line_of(finding_of(Health::fail, "MPI", "alone; use srun; or mpirun")),
            "fail  MPI: alone; use srun; or mpirun");
  EXPECT_EQ(finding_of(Health::fail, "MPI", "alone; use srun; or mpirun").found, "alone");
  EXPECT_EQ(finding_of(Health::fail, "MPI", "alone").remedy, "");
}

std::vector<std::string> lines_of(const RunRequest& request, const std::string& launch_problem = "") {
  std::vector<std::string> lines;
  for (const Finding& finding : examine(request, nullptr, launch_problem)) lines.push_back(line_of(finding));
  return lines;
}

/// A world with a configuration in a file.
class Examined : public testing::Test {
 protected:
  Examined() {
    request_.config = world_.folder / "c.yaml";
    world_.folder.write("c.yaml", world_
                                      .config("methods: [{method: grad}]\n"
                                              "metrics: [{metric: confidence-gain, rho: 0.25}]\n")
                                      .text);
  }
  test::World world_;
  RunRequest request_;
};

TEST_F(Examined, EverythingIsLookedAt) {
  const std::vector<std::string> lines = lines_of(request_);
  for (const char* what :
       {"configuration: test: 1 experiments, 12 records",
        "MPI: ", "devices: ", "BLAS: ", "output: ", "space: about ",
        "images: six: 6 samples; 6 files looked for and there, 3 images decoded", "network toy: "})
    EXPECT_THAT(lines, Contains(HasSubstr(what)));
  EXPECT_FALSE(std::filesystem::exists(world_.folder / "out"));
  for (const auto& entry : std::filesystem::directory_iterator(world_.folder.path()))
    EXPECT_FALSE(entry.path().filename().string().starts_with(".assay")) << entry.path();
}

TEST_F(Examined, WithoutAConfigurationWhatNeedsNone) {
  const std::vector<std::string> lines = lines_of({});
  EXPECT_EQ(lines.size(), 3u);
  EXPECT_THAT(lines, Contains(HasSubstr("MPI: ")));
}

TEST_F(Examined, AMistakeIsAFindingAndTheRestIsStillLookedAt) {
  request_.overrides = {"methods=[{method: ocx}]"};
  EXPECT_THAT(lines_of(request_),
              AllOf(Contains(StartsWith("fail  configuration: --set methods=[{method: ocx}]: ")),
                    Contains(HasSubstr("BLAS: "))));
}

TEST_F(Examined, AWorldThatCouldNotBeMadeIsAFinding) {
  EXPECT_THAT(lines_of({}, "each is alone; start them together"),
              Contains("fail  MPI: each is alone; start them together"));
}

TEST_F(Examined, MissingImagesAreNamed) {
  for (int i = 0; i < 6; ++i) std::filesystem::remove(world_.folder / fmt::format("images/{}.ppm", i));
  EXPECT_THAT(lines_of(request_),
              Contains(StartsWith(fmt::format("fail  images: six: 6 of 6 files are missing, the first {}",
                                              world_.folder / "images/0.ppm"))));
}

TEST_F(Examined, PredictionsOfBeforeAreCompared) {
  std::string table = "file,toy:top1\n";
  for (int i = 0; i < 6; ++i) table += fmt::format("{}.ppm,99\n", i);
  world_.folder.write("images/predictions.csv", table);
  EXPECT_THAT(lines_of(request_), Contains(StartsWith("fail  network toy: top-1 of 0 of 6 images as in ")));
  request_.overrides = {"networks.toy.image=squash"};  // seen otherwise, it may predict otherwise
  EXPECT_THAT(lines_of(request_), testing::Not(Contains(HasSubstr("network toy: top-1"))));
}

}  // namespace
}  // namespace assay
