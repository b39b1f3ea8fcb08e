#include "harness/run/tuning.h"

#include <fmt/format.h>
#include <torch/version.h>

#include <algorithm>
#include <array>

#include "harness/core/hash.h"
#include "harness/network/hardware.h"
#include "harness/run/config.h"

namespace assay {
namespace {

constexpr double kWorthChanging = 1.03;

Form form_of(Params& params, const std::string& device) {
  const std::string word =
      params.choice("form", "packed", {"packed", "plain", "channels-last"}, "how maps lie in memory");
  for (const Form form : {Form::packed, Form::plain, Form::channels_last}) {
    if (word != name_of(form)) continue;
    const auto there = settings_to_try(device);
    if (std::ranges::find(there, form, &InferenceSetting::form) == there.end())
      params.fail("form", fmt::format("a network on {} has no form '{}'", device, word));
    return form;
  }
  ASSAY_ASSERT(!"choice() lets no other word through");
}

InferenceSetting setting_of(Params& params, const std::string& device) {
  const Form form = form_of(params, device);
  const int batch = params.require<int>("batch", "images of one forward");
  if (batch < 1) params.fail("batch", "must be at least 1");
  return {form, batch};
}

TunedNetwork network_of(Params& params, const std::string& device) {
  TunedNetwork made;
  made.name = params.require<std::string>("name", "for people");
  made.hash = params.require<std::string>("hash", "of the network's content");
  made.best = setting_of(params, device);
  for (Params& trial : params.children("trials")) {
    const InferenceSetting setting = setting_of(trial, device);
    made.trials.push_back({setting, trial.require<double>("images_a_second", "median of the rounds")});
    trial.finish();
  }
  params.finish();
  return made;
}

}  // namespace

std::string text_of(const Tuning& tuning) {
  std::string text = fmt::format(
      "# Made by 'assay tune': how these networks predict quickest on this machine. A run uses it with\n"
      "# numerics: {{tuning: THIS FILE}}; it is then part of the numbers' identity.\n"
      "device: {}\nmachine: {}\nnetworks:{}\n",
      tuning.device, Json(tuning.machine).dump(), tuning.networks.empty() ? " []" : "");
  for (const TunedNetwork& network : tuning.networks) {
    text += fmt::format("  - name: {}\n    hash: \"{}\"\n    form: {}\n    batch: {}\n    trials:{}\n",
                        Json(network.name).dump(), network.hash, name_of(network.best.form),
                        network.best.batch, network.trials.empty() ? " []" : "");
    for (const Trial& trial : network.trials)
      text += fmt::format("      - {{form: {}, batch: {}, images_a_second: {:.4g}}}\n",
                          name_of(trial.setting.form), trial.setting.batch, trial.rate);
  }
  return text;
}

Tuning read_tuning(const std::string& file) {
  const Config config = load_config(file);
  Params root = config.params();
  Tuning tuning;
  tuning.device = root.choice("device", "cpu", {"cpu", "cuda"}, "where it was measured");
  tuning.machine = root.get<std::string>("machine", "", "for people");
  for (Params& network : root.children("networks"))
    tuning.networks.push_back(network_of(network, tuning.device));
  root.raw("networks", "");
  root.finish();
  return tuning;
}

const InferenceSetting* setting_for(const Tuning& tuning, const Network& network) {
  const auto found = std::ranges::find(tuning.networks, network.hash().hex(), &TunedNetwork::hash);
  return found == tuning.networks.end() ? nullptr : &found->best;
}

std::vector<InferenceSetting> settings_to_try(const std::string& device) {
  if (device == "cpu")
    return {{Form::packed, 32}, {Form::packed, 16}, {Form::packed, 64},
            {Form::plain, 32},  {Form::plain, 16},  {Form::plain, 64}};
  return {{Form::plain, 32},          {Form::plain, 64},         {Form::plain, 128},
          {Form::plain, 256},         {Form::channels_last, 32}, {Form::channels_last, 64},
          {Form::channels_last, 128}, {Form::channels_last, 256}};
}

InferenceSetting best_of(std::span<const Trial> trials) {
  ASSAY_ASSERT(!trials.empty());
  const Trial& best = *std::ranges::max_element(trials, {}, &Trial::rate);
  return best.rate >= kWorthChanging * trials.front().rate ? best.setting : trials.front().setting;
}

std::string machine_name(at::Device device) {
  return fmt::format("{}{}, LibTorch {}", processor_name(), device.is_cuda() ? " with a GPU" : "",
                     TORCH_VERSION);
}

}  // namespace assay
