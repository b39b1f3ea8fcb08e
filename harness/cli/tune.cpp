#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <memory>

#include "harness/cli/command.h"
#include "harness/run/device.h"
#include "harness/run/plan.h"
#include "harness/run/progress.h"
#include "harness/run/trials.h"

namespace assay {
namespace {

struct TuneRequest {
  std::string config, output;
  std::vector<std::string> overrides;
  int rounds = 3;
};

void print_trials(const TunedNetwork& network) {
  fmt::print("{}\n", network.name);
  for (const Trial& trial : network.trials)
    fmt::print("  {:<14} batch {:>3}  {:>8.4g} images a second{}\n", name_of(trial.setting.form),
               trial.setting.batch, trial.rate, trial.setting == network.best ? "  <- taken" : "");
}

/// One experiment for each network.
std::vector<const Experiment*> networks_of(const Plan& plan) {
  std::vector<const Experiment*> first;
  for (const Experiment& experiment : plan.experiments)
    if (std::ranges::find(first, experiment.network_name, &Experiment::network_name) == first.end())
      first.push_back(&experiment);
  return first;
}

Tuning tune(const Plan& plan, int rounds) {
  const at::Device device = device_of(plan, 0);
  const std::vector<const Experiment*> experiments = networks_of(plan);
  const std::size_t forwards = settings_to_try(plan.device).size() * static_cast<std::size_t>(rounds + 1);
  double total = 0;
  for (const Experiment* experiment : experiments)
    total += experiment->multiply_adds * static_cast<double>(forwards);
  Progress progress("tune", total, experiments.size() * forwards);
  Tuning tuning{.device = plan.device, .machine = machine_name(device), .networks = {}};
  for (const Experiment* experiment : experiments)
    tuning.networks.push_back(try_settings(experiment->network_name, experiment->network, device, rounds,
                                           [&] { progress.add(experiment->multiply_adds); }));
  progress.finish();
  return tuning;
}

void write(const Tuning& tuning, const std::string& file) {
  std::ofstream out(file, std::ios::binary);
  out << text_of(tuning);
  if (!out.flush()) throw DataError(fmt::format("{}: cannot be written", file));
}

void tune_file(const TuneRequest& request) {
  PlanOptions options;
  options.limit = 1;
  options.tuned = false;
  const Plan plan = make_plan(load_config(request.config, request.overrides), options);
  at::set_num_threads(plan.threads);
  const Tuning tuning = tune(plan, request.rounds);
  for (const TunedNetwork& network : tuning.networks) print_trials(network);
  write(tuning, request.output);
  fmt::print("wrote {}; a run uses it with --set numerics.tuning={}\n", request.output, request.output);
}

}  // namespace

void add_tune(CLI::App& program, int& /*status*/) {
  auto request = std::make_shared<TuneRequest>();
  CLI::App* command =
      program.add_subcommand("tune", "measure how the networks of a configuration predict quickest here");
  command->add_option("config", request->config, "configuration (docs/configuration.md)")
      ->required()
      ->type_name("CONFIG.yaml");
  command->add_option("-o,--output", request->output, "the tuning file to write")
      ->required()
      ->type_name("FILE");
  command->add_option("--rounds", request->rounds, "the median of so many counts")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command
      ->add_option("--set", request->overrides,
                   "another value for a key, such as numerics.device=cpu (repeatable)")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
  command->footer(
      "Every form and batch that the device has is tried with full forwards, in turn. What a run does "
      "without a\n"
      "tuning file stays unless another is at least 3 % faster. Measure on an idle machine.\n\n"
      "example:\n"
      "  assay tune configs/table1-imagenet.yaml --output tuning.yaml\n"
      "  assay run configs/table1-imagenet.yaml --set numerics.tuning=tuning.yaml");
  command->callback([request] { tune_file(*request); });
}

}  // namespace assay
