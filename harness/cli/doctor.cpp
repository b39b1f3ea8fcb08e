#include "harness/cluster/doctor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>

#include "harness/cli/command.h"
#include "harness/cli/request.h"

namespace assay {
namespace {

/// Without MPI's world where there cannot be one: that is a finding like others. Of ranks that are alone
/// because of it, only the first speaks.
int examine_and_print(const RunRequest& request) {
  std::optional<Ranks> ranks;
  std::string problem;
  try {
    ranks.emplace();
  } catch (const Error& error) {
    problem = error.what();
    if (problem.empty()) return 1;
  }
  const std::vector<Finding> findings = examine(request, ranks ? &*ranks : nullptr, problem);
  for (const Finding& finding : findings) fmt::print("{}\n", line_of(finding));
  std::fflush(stdout);
  return std::ranges::any_of(findings, [](const Finding& f) { return f.health == Health::fail; }) ? 1 : 0;
}

}  // namespace

void add_doctor(CLI::App& program, int& status) {
  auto request = std::make_shared<RunRequest>();
  CLI::App* command =
      program.add_subcommand("doctor", "check in seconds whether a configuration will run well here");
  add_request(*command, *request);
  command->get_option("config")->required(false);
  command->footer(
      "MPI, devices and BLAS; with a configuration also its output folder, free space, images, and top-1 of "
      "its\n"
      "networks. Start it as the run will be started: ranks that differ are named. Each line is ok, warn or "
      "fail.\n"
      "Exit status: 0, 1 when a check fails.\n\n"
      "examples:\n"
      "  assay doctor\n"
      "  srun --mpi=pmix assay doctor configs/table1-imagenet.yaml");
  command->callback([request, &status] { status = examine_and_print(*request); });
}

}  // namespace assay
