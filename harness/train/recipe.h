#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "harness/core/params.h"
#include "harness/network/network.h"
#include "harness/train/crops.h"
#include "harness/train/sgd.h"
#include "harness/train/siamese.h"

namespace assay {

/// When training ends before its last epoch: every training view is right at each of its five fixed crops
/// and their mean cross-entropy is below `loss`, for `in_a_row` epochs. Views kept for the test have no say.
struct StopRule {
  std::int64_t in_a_row = 3;
  double loss = 0.05;
};

/// How a floor network is trained. An epoch is the list of balanced pairs once through.
struct Recipe {
  std::string name;
  std::int64_t epochs = 0;  // at most
  std::int64_t pairs_a_step = 1;
  SiameseWeights loss;
  SgdSettings sgd;
  std::int64_t rate_epochs = 0;  // > 0: sgd.step_size is as many epochs, however long one is
  double new_layers = 1000;  // rate of fc8_s and fc9_f over that of the trunk; their biases go at twice that
  double first_layer = 1;    // rate of conv1's weights over that of the trunk
  double trunk_biases = 1;   // rate of the trunk's biases over that of its weights
  double bias_decay = 1;     // weight decay of biases over that of weights
  double dropout = 0.5;
  Augmentation augmentation;
  StopRule stop;
};

/// As the first author trained it from Places205 weights (papers.md 8.4): one pair a step, base rate 1e-6 for
/// the trunk and 1000 times that for fc8_s and fc9_f, times 0.99 every 540 steps, at most 150 epochs.
Recipe published_recipe();

/// From drawn weights, where the published schedule does not move within hours. Adapted, and why:
///   - one rate for all layers, 0.02: nothing is pre-trained, so nothing has to be spared;
///   - conv1's weights at 1/64^2 of it: they are 1/64 of He's for pixels of deviation 64 (floor_network.h),
///     and at this rate they train as if the pixels were divided by 64;
///   - biases at twice the rate and without decay in all layers, as CaffeNet itself was trained;
///   - 10 pairs a step (about 16 crops): a step on one pair is mostly noise;
///   - the rate falls to 0.3 of itself every 4 epochs, 12 epochs at most; gradients longer than 5 are cut;
///   - the margin is 5 sqrt(D / 1000) for codes of D values: distances grow with sqrt(D), and a margin that
///     they cannot reach drowns the class loss;
///   - no dropout: with it the first steps take several times as long, and crops vary enough;
///   - zoom, brightness, contrast and colour of the crops vary: three views a floor do not say what may.
/// `embedding` = D.
Recipe scratch_recipe(std::int64_t embedding);

/// One pair of multipliers a parameter, in the order of layers and parameters.
std::vector<Multipliers> multipliers_of(const Network& network, const Recipe& recipe);

/// Everything in it, for the report and the identity of a training.
Json to_json(const Recipe& recipe);

}  // namespace assay
