#include "harness/train/training.h"

#include <gtest/gtest.h>

#include <fstream>

#include "harness/core/error.h"
#include "harness/network/load.h"
#include "harness/train/floor_network.h"
#include "tests/error_text.h"
#include "tests/temporary_folder.h"

namespace assay {
namespace {

/// Four views of two floors, two for training: one colour each, 228 x 230 pixels.
class FloorTraining : public ::testing::Test {
 protected:
  FloorTraining() {
    std::string train, test;
    for (const std::string floor : {"3rd", "4th"})
      for (const std::string view : {"0", "1"}) {
        const std::string name = "images/" + floor + "/" + view + ".ppm";
        const std::string pixel = floor == "3rd" ? "\xC0\x40\x20" : "\x20\x40\xC0";
        std::string pixels;
        for (int i = 0; i < 228 * 230; ++i) pixels += pixel;
        folder_.write("data/" + name, "P6\n230 228\n255\n" + pixels);
        (view == "0" ? train : test) += name + " " + floor + "\n";
      }
    folder_.write("data/train.txt", train);
    folder_.write("data/test.txt", test);
  }

  std::string path(const std::string& name) const { return folder_ / name; }
  TrainRequest request(const std::string& out = "out") const {
    return {.data = path("data"), .out = path(out), .epochs = 2};
  }

  test::TemporaryFolder folder_;
};

TEST_F(FloorTraining, SavesANetworkThatLoadsAgain) {
  Training training(request());
  EXPECT_EQ(training.views(), 2u);
  EXPECT_EQ(training.test_samples().size(), 2u);
  std::vector<std::int64_t> epochs;
  training.run([&](const EpochRow& row) { epochs.push_back(row.epoch); });
  EXPECT_EQ(epochs, (std::vector<std::int64_t>{1, 2}));
  const Network network = load_folder(path("out"));
  EXPECT_EQ(network.hash(), training.network().hash());
  EXPECT_EQ(network.classes(), (std::vector<std::string>{"3rd", "4th"}));
  EXPECT_EQ(targets_of(training.test_samples()[1], network).front(), 1);
  std::ifstream rows(path("out/training.csv"));
  const std::string text{std::istreambuf_iterator<char>(rows), {}};
  EXPECT_EQ(text.substr(0, text.find('\n')),
            "epoch,rate,loss,contrastive,cross_entropy,accuracy,verified,verified_loss,seconds");
  EXPECT_EQ(std::ranges::count(text, '\n'), 3);
}

TEST_F(FloorTraining, GoesOnWhereItWasKilled) {
  struct Killed {};
  Training whole(request("whole"));
  whole.run([](const EpochRow&) {});
  EXPECT_THROW(Training(request()).run([](const EpochRow&) { throw Killed(); }), Killed);
  Training second(request());
  EXPECT_EQ(second.trainer().epochs_done(), 1);
  second.run([](const EpochRow&) {});
  EXPECT_EQ(second.network().hash(), whole.network().hash());
}

TEST_F(FloorTraining, RefusesTheFolderOfAnotherTraining) {
  struct Killed {};
  EXPECT_THROW(Training(request()).run([](const EpochRow&) { throw Killed(); }), Killed);
  TrainRequest other = request();
  other.seed = 2;
  EXPECT_EQ(test::error_text<ConfigError>([&] { Training training(other); }),
            path("out/checkpoint.safetensors") +
                ": belongs to a training with other views or settings; give another folder, or --restart");
  other.restart = true;
  EXPECT_EQ(Training(other).trainer().epochs_done(), 0);
}

TEST_F(FloorTraining, TakesThePublishedScheduleWithAGivenTrunk) {
  const Network given = floor_network(floor_widths("small"), {"a", "b", "c"}, 9);
  save_folder(given, path("given"));
  TrainRequest with = request();
  with.init = path("given");
  const Training training(with);
  EXPECT_EQ(training.recipe().name, "published");
  EXPECT_EQ(training.origins().back().why, "[3,128] there, [2,128] here");
  EXPECT_EQ(Training(request("other")).recipe().name, "scratch");
}

TEST_F(FloorTraining, NamesAMissingFolder) {
  TrainRequest wrong = request();
  wrong.data = path("nowhere");
  EXPECT_NE(test::error_text<DataError>([&] { Training training(wrong); }).find(path("nowhere")),
            std::string::npos);
}

}  // namespace
}  // namespace assay
