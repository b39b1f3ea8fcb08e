#include "harness/train/trainer.h"

#include <gtest/gtest.h>

#include "harness/core/error.h"
#include "harness/train/checkpoint.h"
#include "tests/error_text.h"
#include "tests/temporary_folder.h"
#include "tests/train/tiny.h"

namespace assay {
namespace {

Trainer tiny_trainer(std::uint64_t seed = 1, Recipe recipe = test::tiny_recipe()) {
  return Trainer(test::tiny_network(1), test::tiny_views(), std::move(recipe), seed);
}

Hash after(Trainer trainer, int epochs) {
  for (int i = 0; i < epochs; ++i) trainer.run_epoch();
  return trainer.network().hash();
}

TEST(Trainer, LearnsAToyProblemAndStops) {
  Trainer trainer = tiny_trainer();
  double first = 0, last = 0;
  while (!trainer.is_finished()) {
    last = trainer.run_epoch().loss;
    if (first == 0) first = last;
  }
  EXPECT_TRUE(trainer.is_learned());
  EXPECT_LT(trainer.epochs_done(), test::tiny_recipe().epochs);
  EXPECT_LT(last, first / 2);
  EXPECT_EQ(trainer.state().rows.back().verified, 1);
  EXPECT_LT(trainer.state().rows.back().verified_loss, test::tiny_recipe().stop.loss);
}

TEST(Trainer, IsNotDoneBeforeItsEpochsAreRightInARow) {
  TrainingState state = tiny_trainer().state();
  const auto is_learned = [&](std::vector<double> verified, double loss) {
    state.rows.clear();
    for (const double share : verified) state.rows.push_back({.verified = share, .verified_loss = loss});
    Trainer trainer = tiny_trainer();
    trainer.restore(state);
    return trainer.is_learned();
  };
  EXPECT_TRUE(is_learned({0.5, 1, 1, 1}, 0.01));
  EXPECT_FALSE(is_learned({1, 1}, 0.01));
  EXPECT_FALSE(is_learned({1, 0.9, 1, 1}, 0.01));
  EXPECT_FALSE(is_learned({1, 1, 1}, 0.2));
}

TEST(Trainer, LeavesItsStartAlone) {
  const Network start = test::tiny_network(1);
  const Hash before = start.hash();
  Trainer trainer(start, test::tiny_views(), test::tiny_recipe(), 1);
  const Network trained_later = trainer.network();
  trainer.run_epoch();
  EXPECT_EQ(test::tiny_network(1).hash(), before);
  EXPECT_EQ(start.layers()[1].weight().sum().item<float>(),
            test::tiny_network(1).layers()[1].weight().sum().item<float>());
  EXPECT_EQ(trained_later.hash(), before);  // a copy, not a window
}

TEST(Trainer, RepeatsItselfAndFollowsItsSeed) {
  const Hash hash = after(tiny_trainer(5), 3);
  EXPECT_EQ(after(tiny_trainer(5), 3), hash);
  EXPECT_NE(after(tiny_trainer(6), 3), hash);
}

TEST(Trainer, GoesOnFromACheckpointToTheSameBits) {
  const test::TemporaryFolder folder;
  const std::string file = folder / "checkpoint.safetensors";
  const Hash identity = hash_text("this training");
  Trainer stopped = tiny_trainer();
  for (int i = 0; i < 2; ++i) stopped.run_epoch();
  save_checkpoint(stopped.state(), identity, file);

  Trainer resumed = tiny_trainer();
  resumed.restore(*load_checkpoint(identity, file));
  EXPECT_EQ(resumed.epochs_done(), 2);
  EXPECT_EQ(resumed.state().rows[1].loss, stopped.state().rows[1].loss);
  EXPECT_EQ(after(std::move(resumed), 2), after(tiny_trainer(), 4));
}

TEST(Checkpoint, IsForItsOwnTrainingOnly) {
  const test::TemporaryFolder folder;
  const std::string file = folder / "checkpoint.safetensors";
  EXPECT_FALSE(load_checkpoint(hash_text("one"), file));
  save_checkpoint(tiny_trainer().state(), hash_text("one"), file);
  EXPECT_EQ(test::error_text<ConfigError>([&] { load_checkpoint(hash_text("two"), file); }),
            file + ": belongs to a training with other views or settings; give another folder, or --restart");
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 8);
  EXPECT_THROW(load_checkpoint(hash_text("one"), file), DataError);
}

TEST(Trainer, SaysWhenTheLossIsNoNumber) {
  Recipe recipe = test::tiny_recipe();
  recipe.sgd.base_rate = 1e30;
  recipe.sgd.clip = 0;
  Trainer trainer = tiny_trainer(1, recipe);
  EXPECT_EQ(test::error_text<DataError>([&] { trainer.run_epoch(); }),
            "step 2: the loss is no longer a number; another seed may do");
}

}  // namespace
}  // namespace assay
