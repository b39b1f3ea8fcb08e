#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/network/network.h"

namespace assay {

// Networks whose weights are drawn anew, layer by layer (Adebayo et al., "Sanity checks for saliency maps",
// NeurIPS 2018; papers.md 6.1).

/// Layers whose weights are drawn anew at once: a convolution or linear layer with the batch norms that read
/// it, or a batch norm behind anything else. Layers of residual and inception blocks are each a stage of
/// their own; layers that share their weights (the heads of a mosaic) are one. Opaque operators keep what
/// they hold.
struct WeightStage {
  std::string name;         // of its first layer
  std::vector<int> layers;  // all of them have parameters; ascending
};

/// From the logits down: the stage whose first layer stands last in the network comes first.
std::vector<WeightStage> weight_stages(const Network& network);

/// What weights become. Biases become 0 and batch norms the identity (scale 1, shift 0, mean 0, variance 1)
/// under the first two; under the last two every parameter is drawn as the weights are, each from its own.
enum class Redraw {
  fan_in,     // normal, mean 0, variance 2 / fan-in (He 2015)
  truncated,  // normal, mean 0, deviation 0.01, nothing beyond two deviations (the paper's)
  resampled,  // drawn from the parameter's own values, with replacement
  permuted,   // the parameter's own values in another order
};
std::string_view name_of(Redraw redraw);
/// Throws ConfigError for an unknown word, listing the known ones.
Redraw redraw_from(std::string_view name);

/// What a stage is drawn from: a function of `seed` and its name, below 2^53, so that a double holds it.
std::uint64_t stage_seed(std::uint64_t seed, const WeightStage& stage);

/// The network with these of its stages drawn anew; it shares every other parameter. A stage gets the same
/// values whatever is drawn along with it. Types and device stay.
Network randomised(const Network& network, std::span<const WeightStage> stages, Redraw redraw,
                   std::uint64_t seed);

enum class RandomisedOrder {
  top_down,     // cascading: from the logits down to the input
  bottom_up,    // cascading: from the input up
  independent,  // one stage at a time, all others as trained
};
std::string_view name_of(RandomisedOrder order);
/// Throws ConfigError for an unknown word, listing the known ones.
RandomisedOrder randomised_order_from(std::string_view name);

/// Places of the stages (of weight_stages(), `stages` of them) that each of `count` steps draws anew, on top
/// of what the steps before it drew in a cascade, alone otherwise. 0, or more than there are: a step a stage.
/// Cascades have groups as equal as can be and end with every stage; independent steps are single stages,
/// spread evenly from the first to the last.
std::vector<std::vector<std::size_t>> randomised_steps(std::size_t stages, RandomisedOrder order,
                                                       std::size_t count);

}  // namespace assay
