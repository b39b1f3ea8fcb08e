#include "harness/run/numerics.h"

#include <fmt/format.h>
#include <torch/cuda.h>

#include "harness/network/tensor.h"

namespace assay {
namespace {

std::string device_of(Params& numerics) {
  const std::string wish =
      numerics.choice("device", "auto", {"auto", "cpu", "cuda"}, "auto: cuda when there is one");
  const bool there = torch::cuda::device_count() > 0;
  if (wish == "cuda" && !there) numerics.fail("device", "there is no CUDA device here; use cpu");
  return wish == "cpu" || !there ? "cpu" : "cuda";
}

at::ScalarType precision_of(Params& numerics, const std::string& device) {
  const std::string wish =
      numerics.choice("precision", "float32", {"float32", "bf16", "fp16"},
                      "of predictions; bf16 and fp16 are for exploring, and built-in protocols refuse them");
  if (wish == "fp16" && device == "cpu")
    numerics.fail("precision", "there is no fp16 convolution on a CPU; use bf16, or device: cuda");
  if (wish == "bf16") return at::kBFloat16;
  return wish == "fp16" ? at::kHalf : at::kFloat;
}

std::string names_in(const Tuning& tuning) {
  std::string names;
  for (const TunedNetwork& network : tuning.networks) names += (names.empty() ? "" : ", ") + network.name;
  return names.empty() ? "none" : names;
}

}  // namespace

void read_numerics(const Config& config, Plan& plan) {
  Params numerics = config.params().child("numerics");
  positive(numerics, "batch", 32, "images of one forward; part of the numbers' identity");
  plan.threads =
      static_cast<int>(positive(numerics, "threads", 1, "of one rank; part of the numbers' identity"));
  plan.device = device_of(numerics);
  plan.precision = precision_of(numerics, plan.device);
  numerics.get<std::string>("tuning", "", "file of 'assay tune': form and batch by network");
  plan.share_devices = numerics.get("share_devices", false, "several ranks may compute on one GPU");
  numerics.finish();
  plan.config["numerics"] = numerics.resolved();
  plan.config["numerics"]["device"] = plan.device;
  for (const char* key : {"tuning", "share_devices"}) plan.config["numerics"].erase(key);
}

InferenceSetting setting_of(const Config& config, const Plan& plan, const std::optional<Tuning>& tuning,
                            const NamedNetwork& network) {
  const Params numerics = config.params().child("numerics");
  InferenceSetting setting = settings_to_try(plan.device).front();
  if (tuning) {
    const InferenceSetting* tried = setting_for(*tuning, network.network);
    if (!tried)
      numerics.fail("tuning",
                    fmt::format("network '{}' was not tried, or with other weights; the file has: {}; "
                                "make it anew with 'assay tune'",
                                network.name, names_in(*tuning)));
    setting = *tried;
  }
  if (!tuning || numerics.has("batch")) setting.batch = plan.config["numerics"]["batch"].get<int>();
  return setting;
}

std::optional<Tuning> tuning_of(const Config& config, const PlanOptions& options, const Plan& plan) {
  Params numerics = config.params().child("numerics");
  const auto file = numerics.get<std::string>("tuning", "", "");
  if (file.empty() || !options.tuned) return std::nullopt;
  Tuning tuning = read_tuning(file);
  if (tuning.device != plan.device)
    numerics.fail("tuning",
                  fmt::format("'{}' was made on {}, this run computes on {}; make another with 'assay tune'",
                              file, tuning.device, plan.device));
  return tuning;
}

void note_setting(const std::string& network, const InferenceSetting& setting, Plan& plan) {
  plan.config["numerics"]["tuning"][network] = {{"form", name_of(setting.form)}, {"batch", setting.batch}};
}

Json identity_of(const Plan& plan, const InferenceSetting& setting) {
  Json numerics = plan.config.at("numerics");
  numerics.erase("tuning");
  numerics["batch"] = setting.batch;
  if (setting.form != settings_to_try(plan.device).front().form) numerics["form"] = name_of(setting.form);
  return numerics;
}

Numerics numerics_of(const Plan& plan, const Experiment& experiment, at::Device device) {
  return {experiment.setting.batch, device, plan.precision, experiment.setting.form};
}

}  // namespace assay
