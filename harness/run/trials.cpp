#include "harness/run/trials.h"

#include "harness/core/statistics.h"
#include "harness/core/stopwatch.h"
#include "harness/network/subject.h"
#include "harness/network/tensor.h"

namespace assay {
namespace {

std::string kind_of(at::Device device) {
  return device.is_cuda() ? "cuda" : "cpu";
}

double rate_of(const Network& network, const Tensor& pixels, const InferenceSetting& setting) {
  const at::NoGradGuard no_grad;
  const Tensor input = network.normalise(pixels.expand({setting.batch, -1, -1, -1}));
  const Stopwatch watch;
  network.for_inference(setting.form).forward(input).cpu();
  return setting.batch / watch.seconds();
}

}  // namespace

Tensor trial_pixels(const Preprocess& input) {
  return at::arange(3 * input.height * input.width, at::kFloat)
      .remainder(256)
      .view({1, 3, input.height, input.width});
}

TunedNetwork try_settings(const std::string& name, const Network& network, at::Device device, int rounds,
                          const std::function<void()>& done) {
  const Network there = network.to(device);
  const Tensor pixels = trial_pixels(network.preprocess()).to(device);
  const std::vector<InferenceSetting> settings = settings_to_try(kind_of(device));
  std::vector<std::vector<double>> rates(settings.size());
  for (int round = 0; round <= rounds; ++round)  // the first one fetches memory
    for (std::size_t i = 0; i < settings.size(); ++i) {
      const double rate = rate_of(there, pixels, settings[i]);
      if (round > 0) rates[i].push_back(rate);
      done();
    }
  TunedNetwork made{.name = name, .hash = network.hash().hex(), .best = {}, .trials = {}};
  for (std::size_t i = 0; i < settings.size(); ++i) made.trials.push_back({settings[i], median_of(rates[i])});
  made.best = best_of(made.trials);
  return made;
}

}  // namespace assay
