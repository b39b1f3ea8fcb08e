#include "harness/run/pace.h"

#include <algorithm>
#include <cmath>

#include "harness/core/statistics.h"
#include "harness/core/stopwatch.h"
#include "harness/network/device.h"
#include "harness/network/propagate.h"
#include "harness/network/state.h"
#include "harness/network/tensor.h"
#include "harness/run/trials.h"
#include "harness/vision/vision.h"
#include "metrics/hybrids.h"

namespace assay {
namespace {

bool is_windowed(const Cost& cost) {
  return cost.work.done != cost.work.asked;
}

/// The median of equal runs behind one that fetches memory.
template <class Run>
double seconds_of(const Run& run, int repeats) {
  run();
  std::vector<double> seconds;
  for (int i = 0; i < repeats; ++i) {
    const Stopwatch watch;
    run();
    seconds.push_back(watch.seconds());
  }
  return median_of(seconds);
}

class Measurement {
 public:
  Measurement(const Network& network, const Numerics& numerics, Care care)
      : repeats_(care == Care::quick ? 1 : 3),
        numerics_(numerics),
        network_(network.to(numerics.device)),
        inference_(predictor(network_, numerics)),
        pixels_(trial_pixels(network.preprocess()).to(numerics.device)) {
    const double one = seconds_of([&] { forward(1); }, 1);
    const double wanted = (care == Care::quick ? 0.2 : 1.0) / one;
    const auto some = std::clamp<std::int64_t>(std::llround(wanted), 1, numerics.batch);
    batch_ =
        static_cast<int>(care == Care::quick ? some : filled_batch(some, numerics.batch, numerics.device));
  }

  double forward_seconds() const {
    return seconds_of([&] { forward(batch_); }, repeats_) / batch_;
  }

  /// A small and a large square say what an image costs and what its multiply-adds do.
  void measure_windows(Pace& pace) const {
    const State state(inference_, network_.normalise(pixels_), batch_);
    const std::int64_t side = pixels_.size(2);
    const Windows small = windows(state, std::max<std::int64_t>(side / 20, 1)),
                  large = windows(state, std::max<std::int64_t>(side / 2, 1));
    pace.window_multiply_add =
        std::max(large.seconds - small.seconds, 0.0) / std::max(large.work - small.work, 1.0);
    pace.window = std::max(small.seconds - pace.window_multiply_add * small.work, 0.0);
  }

  void measure_walk(Pace& pace) const {
    const Stopwatch watch;
    const std::vector<Tensor> activations = exact_activations(network_, network_.normalise(pixels_));
    pace.activations = watch.seconds();
    propagate(network_, activations, at::ones_like(activations.back()), Rules{}, network_.output(), 0);
    pace.backward = watch.seconds() - pace.activations;
  }

  double growth_step_seconds() const {
    constexpr int kSteps = 8;
    Numerics numerics = numerics_;
    numerics.batch = kSteps + 1;
    Subject subject(network_, pixels_, {""}, 0, numerics);
    const Tensor base = at::zeros_like(pixels_);
    HybridQueue queue(subject, {&base, 1});
    Tensor mask = at::zeros({pixels_.size(2), pixels_.size(3)}, pixels_.options().dtype(at::kBool));
    mask[0][0] = true;
    const Stopwatch watch;
    for (int step = 0; step < kSteps; ++step) {
      Tensor grown = dilate(mask, 1);
      at::equal(grown, mask);
      mask = std::move(grown);
      queue.ask({0, 0, mask});
      at::where(mask, pixels_[0], base[0]).cpu();
    }
    return watch.seconds() / kSteps;
  }

 private:
  struct Windows {
    double seconds = 0, work = 0;  // of one image; multiply-adds
  };

  void forward(int images) const {
    const at::NoGradGuard no_grad;
    inference_.forward(network_.normalise(pixels_.expand({images, -1, -1, -1}))).cpu();
  }

  /// Squares of one size side by side in the middle, so that they share a batch as most of a real series do.
  Windows windows(const State& state, std::int64_t side) const {
    constexpr std::int64_t kAcross = 8;
    std::vector<Perturbation> squares;
    for (std::int64_t i = 0; i < batch_; ++i)
      squares.push_back({.top = (pixels_.size(2) - side) / 2 + i / kAcross,
                         .left = (pixels_.size(3) - side) / 2 + i % kAcross,
                         .pixels = at::zeros({3, side, side}, pixels_.options())});
    return {seconds_of([&] { state.predict(squares).cpu(); }, repeats_) / batch_,
            static_cast<double>(state.price(squares).done) / batch_};
  }

  int repeats_;
  Numerics numerics_;
  Network network_, inference_;
  Tensor pixels_;
  int batch_ = 1;
};

}  // namespace

double Pace::explaining(const Cost& cost) const {
  const auto forwards = static_cast<double>(cost.forwards), backwards = static_cast<double>(cost.backwards);
  if (is_windowed(cost))
    return forwards * window + static_cast<double>(cost.work.done) * window_multiply_add +
           backwards * backward;
  return forwards * (backwards > 0 ? activations : forward) + backwards * backward;
}

double Pace::seconds(const Price& price) const {
  double sum = forward * static_cast<double>(price.padded);
  for (const auto& [name, cost] : price.methods) sum += explaining(cost);
  for (const auto& [name, cost] : price.metrics) {
    std::int64_t predicted = cost.forwards;
    if (const auto again = price.again.find(name); again != price.again.end())
      for (const auto& [method, its] : again->second) {
        sum += explaining(its);
        predicted -= its.forwards;
      }
    sum += static_cast<double>(predicted) * (forward + growth_step);
  }
  return sum;
}

Pace measure_pace(const Network& network, const Numerics& numerics, const Price& price, Care care) {
  const Measurement measurement(network, numerics, care);
  Pace pace{.forward = measurement.forward_seconds()};
  const auto any = [](const std::map<std::string, Cost>& costs, const auto& is) {
    return std::ranges::any_of(costs, [&](const auto& entry) { return is(entry.second); });
  };
  if (any(price.methods, is_windowed)) measurement.measure_windows(pace);
  if (any(price.methods, [](const Cost& cost) { return cost.backwards > 0; })) measurement.measure_walk(pace);
  if (any(price.metrics, [](const Cost& cost) { return cost.forwards > 0; }))
    pace.growth_step = measurement.growth_step_seconds();
  return pace;
}

}  // namespace assay
