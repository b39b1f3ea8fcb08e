#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>

#include "harness/cli/command.h"
#include "harness/cli/figure_studio.h"
#include "harness/cli/request.h"
#include "harness/core/error.h"

namespace assay {
namespace {

struct FiguresRequest {
  RunRequest run;
  std::size_t images = 2;
  std::vector<std::string> names;  // of images, in place of the first ones
  std::optional<std::string> folder;
};

/// The samples of one experiment that are drawn, and how.
struct Sitting {
  const Experiment* experiment;
  std::vector<std::size_t> samples;
  std::vector<Shown> shown;
  std::string folder;
};

std::vector<std::size_t> chosen(const Experiment& experiment, const FiguresRequest& request) {
  std::vector<std::size_t> samples;
  for (std::size_t i = 0; i < experiment.samples.size(); ++i) {
    const bool named = std::ranges::find(request.names, experiment.samples[i].name) != request.names.end();
    if (request.names.empty() ? i < request.images : named) samples.push_back(i);
  }
  return samples;
}

void check_names(const Plan& plan, const std::vector<std::string>& wanted) {
  std::set<std::string> known;
  for (const Experiment& experiment : plan.experiments)
    for (const Sample& sample : experiment.samples) known.insert(sample.name);
  for (const std::string& name : wanted)
    if (!known.contains(name))
      throw ConfigError(fmt::format("--image {}: the configuration has no such image; known: {}", name,
                                    nearest_names(name, {known.begin(), known.end()})));
}

/// Several experiments have a folder each.
std::vector<Sitting> sittings_of(const Config& config, const Plan& plan, const FiguresRequest& request) {
  const std::string folder = request.folder.value_or(plan.output + "/figures");
  std::vector<std::string> names;
  for (const Experiment& one : plan.experiments) names.push_back(one.dataset + "-" + one.network_name);
  names = file_words(std::move(names));
  std::vector<Sitting> sittings;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Experiment& experiment = plan.experiments[i];
    sittings.push_back({&experiment, chosen(experiment, request), shown_of(config, plan, experiment),
                        names.size() == 1 ? folder : folder + "/" + names[i]});
  }
  return sittings;
}

void make_folder(const std::string& folder) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem)
    throw ConfigError(fmt::format("{}: the folder cannot be made: {}; choose another with --out", folder,
                                  problem.message()));
}

FigureOutcome draw(const Plan& plan, std::vector<Sitting> sittings) {
  std::size_t steps = 0;
  for (const Sitting& sitting : sittings) {
    if (!sitting.samples.empty()) make_folder(sitting.folder);
    steps += sitting.samples.size() * sitting.shown.size();
  }
  FigureOutcome outcome;
  Progress progress(plan.name + ": figures", static_cast<double>(steps), steps);
  for (Sitting& sitting : sittings) {
    if (sitting.samples.empty()) continue;
    const FigureStudio studio(plan, *sitting.experiment, std::move(sitting.shown), sitting.folder);
    for (const std::size_t sample : sitting.samples) studio.draw(sample, progress, outcome);
  }
  progress.finish();
  return outcome;
}

/// Returns the exit status.
int draw_figures(const FiguresRequest& request) {
  const Config config = load_config(request.run.config, request.run.overrides);
  const Plan plan = make_plan(config, request.run.plan);
  check_names(plan, request.names);
  at::set_num_threads(plan.threads);
  const FigureOutcome outcome = draw(plan, sittings_of(config, plan, request));
  for (const std::string& file : outcome.files) fmt::print("{}\n", file);
  for (const std::string& line : outcome.failures) fmt::print(stderr, "assay: {}\n", line);
  return outcome.failures.empty() ? 0 : 1;
}

constexpr const char* kFooter =
    "For each image and protocol, as far as the configuration has them:\n"
    "  IMAGE-PROTOCOL-parameters.png  masks of each method under its parameters, for the first rho\n"
    "  IMAGE-PROTOCOL-methods.png     heat maps and masks of one configuration of each method, for every "
    "rho\n"
    "  IMAGE-PROTOCOL-pairs.png       masks on which the methods of an agreement agree, for every rho\n"
    "Several experiments have a folder DATASET-NETWORK each. Explanations are made as in a run; no metric "
    "is\n"
    "computed. Prints the files written. Exit status: 0, 1 when an image failed, 2 for a mistake in the\n"
    "configuration.\n\n"
    "examples:\n"
    "  assay figures configs/table1-places.yaml\n"
    "  assay figures configs/table1-places.yaml --images 5 --protocol paper --out pictures\n"
    "  assay figures configs/table1-imagenet.yaml --image ILSVRC2012_val_00000003.JPEG";

}  // namespace

void add_figures(CLI::App& program, int& status) {
  auto request = std::make_shared<FiguresRequest>();
  CLI::App* command = program.add_subcommand(
      "figures", "heat maps and masks of a configuration's methods, for some of its images");
  add_request(*command, request->run);
  CLI::Option* images =
      command->add_option("--images", request->images, "the first N images of each experiment")
          ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000'000}))
          ->capture_default_str()
          ->type_name("N");
  command->add_option("--image", request->names, "this image, by its name in its dataset (repeatable)")
      ->allow_extra_args(false)
      ->excludes(images)
      ->type_name("NAME");
  command
      ->add_option("--out", request->folder, "folder of the pictures; default: figures in the output folder")
      ->type_name("FOLDER");
  command->footer(kFooter);
  command->callback([request, &status] { status = draw_figures(*request); });
}

}  // namespace assay
