#pragma once

#include <functional>
#include <span>
#include <vector>

#include "harness/network/network.h"
#include "harness/network/window_plan.h"

namespace assay {

/// What is written on an image: a rectangle of its normalised input. It may overhang the image; what lies
/// outside is dropped. Rectangles of one size share batches, so overhanging is cheaper than cutting off.
struct Perturbation {
  std::int64_t top = 0, left = 0;
  Tensor pixels;     // [3,height,width], normalised
  Tensor mask = {};  // [height,width] bool, or undefined: written only where true

  std::int64_t height() const { return pixels.size(1); }
  std::int64_t width() const { return pixels.size(2); }
};

/// One image, or several twins of one, with the outputs of all layers. A perturbed image is predicted by
/// recomputing, in every layer, only the window that the change can reach; what comes out equals a full
/// forward up to rounding. Bits depend on neither the number nor the order of the perturbations asked for
/// together. Not for several threads at once.
class State {
 public:
  /// `input` [1,3,H,W], normalised, on the network's device; `batch` perturbations are computed together
  /// (fewer are filled up, filled_batch() in device.h).
  State(Network network, const Tensor& input, int batch);
  State(State&&) = default;
  State(const State&) = delete;  // advance() writes into the tensors

  /// n images like this one, for chains of perturbations that go on side by side. Nothing is computed.
  State twins(std::int64_t n) const;

  /// Logits [n,K] of the one image with each perturbation alone, on the network's device.
  Tensor predict(std::span<const Perturbation> perturbations) const;
  /// Changes the images for good: a perturbation for each, all of one size at one place.
  void advance(std::span<const Perturbation> perturbations);

  /// Multiply-adds of predicting these, filling up not counted.
  Work price(std::span<const Perturbation> perturbations) const;
  /// Outputs of all layers for the images as they are, [n,...] by layer; element 0 is the normalised input.
  std::span<const Tensor> activations() const { return activations_; }

 private:
  State(const State& one, std::int64_t copies);

  /// The outputs of some layers for a batch of perturbations of one plan, where they differ from
  /// activations_.
  struct Batch {
    std::vector<Tensor> values;  // by layer, [n,...]; freed after their last use
    std::vector<Cuts> windows;   // by layer, of the maps: where the values lie
  };
  using Visit = std::function<void(int layer, const Batch& batch)>;

  WindowPlans::Key key(const Perturbation& perturbation) const;
  Tensor run(std::span<const Perturbation* const> perturbations, const Visit& visit) const;
  Tensor written(std::span<const Perturbation* const> perturbations, const Cuts& windows) const;
  Tensor run_layer(int index, bool whole, Batch& batch) const;
  Tensor read(int index, int input, bool whole, const Batch& batch) const;

  Network network_;
  std::int64_t batch_;
  WindowPlans plans_;
  std::span<const Shape> shapes_;
  std::vector<int> last_use_;    // by layer: index of the last layer that reads it
  std::vector<Layer> bare_;      // the layers without padding: windows bring theirs along
  std::vector<Tensor> weights_;  // by layer, [1,1,H,W] or undefined: averages of windows are multiplied by it
  std::vector<Tensor> activations_;
};

}  // namespace assay
