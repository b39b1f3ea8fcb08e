#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <memory>

#include "harness/cli/command.h"
#include "harness/cli/request.h"
#include "harness/cli/sample_list.h"
#include "harness/run/footprint.h"
#include "harness/run/forecast.h"

namespace assay {
namespace {

void print_plan(const RunRequest& request, int ranks, const std::string& samples) {
  const Plan plan = make_plan(load_config(request.config, request.overrides), request.plan);
  if (!samples.empty()) write_sample_list(plan, samples);
  at::set_num_threads(plan.threads);
  const Finished finished = Finished::of_folder(plan.output);
  const std::vector<Unit> units = units_of(plan, finished);
  fmt::print("{}", forecast_text(plan, forecast(plan, units, finished.spent(), Care::thorough), ranks, true));
  fmt::print("  about {} more in {}\n", readable_bytes(footprint_of(plan, units)), plan.output);
}

}  // namespace

void add_plan(CLI::App& program, int& /*status*/) {
  auto request = std::make_shared<RunRequest>();
  auto ranks = std::make_shared<int>(1);
  auto samples = std::make_shared<std::string>();
  CLI::App* command =
      program.add_subcommand("plan", "validate a configuration and say what 'run' would take");
  add_request(*command, *request);
  command->add_option("-n,--ranks", *ranks, "ranks that the time is estimated for")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("N");
  command->add_option("--samples", *samples, "write which images are used, tiles of mosaics too, as CSV")
      ->type_name("FILE");
  command->footer(
      "Nothing is computed but a few batches through each network, to estimate the time; where units are\n"
      "finished, theirs correct it.\n\n"
      "examples:\n"
      "  assay plan configs/table1-imagenet.yaml\n"
      "  assay plan configs/table1-imagenet.yaml --limit 100 --ranks 16\n"
      "  assay plan configs/var.yaml --samples mosaics.csv");
  command->callback([request, ranks, samples] { print_plan(*request, *ranks, *samples); });
}

}  // namespace assay
