#pragma once

#include <cstdint>
#include <vector>

#include "harness/network/network.h"
#include "harness/train/minibatch.h"
#include "harness/train/recipe.h"

namespace assay {

/// What one epoch came to: a line of training.csv. Means over its steps, then the verification after it.
struct EpochRow {
  std::int64_t epoch = 0;  // from 1
  double rate = 0;         // of the last step
  double loss = 0;         // what is minimised
  double contrastive = 0;  // its parts, unweighted
  double cross_entropy = 0;
  double accuracy = 0;       // share of training crops that were right, dropout at work
  double verified = 0;       // share of the fixed crops of the training views that are right, at rest
  double verified_loss = 0;  // their mean cross-entropy
  double seconds = 0;        // since the training began, pauses not counted; differs between equal runs
};

/// Everything that the next epoch depends on, apart from what the trainer was made with.
struct TrainingState {
  std::vector<Tensor> parameters, velocities;  // in the order of layers and parameters
  std::vector<EpochRow> rows;                  // one an epoch that is done
};

/// Trains the parameters of a floor network. Random numbers (pairs, crops, masks) are keyed by the seed, the
/// epoch and the step, so that a training that goes on from a stored state ends in the same bits as one that
/// was never interrupted, with the same number of threads.
class Trainer {
 public:
  /// Copies the parameters of `start`, which must have layers fc8_s and fc9_f.
  Trainer(const Network& start, std::vector<TrainingView> views, Recipe recipe, std::uint64_t seed);

  std::int64_t epochs_done() const { return std::ssize(state_.rows); }
  /// The verification is passed (StopRule).
  bool is_learned() const;
  /// is_learned(), or the last epoch is done.
  bool is_finished() const { return is_learned() || epochs_done() >= recipe_.epochs; }
  /// Throws DataError when the loss is no longer a number.
  const EpochRow& run_epoch();

  const TrainingState& state() const { return state_; }
  /// Goes on from there. Throws DataError when shapes differ.
  void restore(const TrainingState& state);
  /// The network as it is now; its tensors are copies.
  Network network() const;

 private:
  struct Sums;
  void run_step(std::span<const Pair> pairs, std::int64_t step, Sums& sums);
  void verify(EpochRow& row) const;

  Network network_;  // over the leaves in state_.parameters
  std::vector<TrainingView> views_;
  Recipe recipe_;
  std::uint64_t seed_;
  std::vector<Multipliers> multipliers_;
  TrainingState state_;
};

}  // namespace assay
