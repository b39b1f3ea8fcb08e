#include <fmt/format.h>

#include <memory>

#include "harness/cli/command.h"
#include "harness/cli/request.h"
#include "harness/report/report.h"

namespace assay {
namespace {

/// Prints the table and, when something failed, how much. Returns the exit status.
int conclude(const RunRequest& request, const RunOutcome& outcome) {
  ReportOptions options;
  options.protocols = request.plan.protocols;
  fmt::print("\n{}", report_text(outcome.results, options));
  std::fflush(stdout);
  const std::size_t bad = outcome.merged.failed + outcome.merged.missing;
  if (bad == 0 && outcome.failed_images == 0) return 0;
  fmt::print(stderr,
             "assay: {} of {} records and {} images failed; 'assay report {} --details' says why, "
             "'--retry-failed' tries them again\n",
             bad, outcome.merged.records, outcome.failed_images, outcome.results);
  return 1;
}

/// Errors are printed here, while the ranks still talk: one that leaves by an exception takes the others with
/// it.
int run_on_ranks(const RunRequest& request) {
  const Ranks ranks;
  try {
    const RunOutcome outcome = run(request, ranks);
    return ranks.rank() == 0 ? conclude(request, outcome) : 0;
  } catch (const ConfigError& error) {
    if (*error.what() != '\0') fmt::print(stderr, "assay: {}\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    if (ranks.size() == 1) throw;
    ranks.abort(error.what());
  }
}

}  // namespace

void add_run(CLI::App& program, int& status) {
  auto request = std::make_shared<RunRequest>();
  CLI::App* command =
      program.add_subcommand("run", "compute what a configuration asks for, and print its table");
  add_request(*command, *request);
  command->add_flag("--retry-failed", request->retry_failed, "compute again what failed before");
  command->footer(
      "A second run computes only what is missing. Exit status: 0, 1 when an image or cell failed, 2 for a "
      "mistake in the\n"
      "configuration.\n\n"
      "examples:\n"
      "  assay run configs/table1-imagenet.yaml --limit 2\n"
      "  mpirun -n 2 assay run configs/table1-imagenet.yaml\n"
      "  assay run configs/table1-places.yaml --set numerics.batch=16 --output out/batch16");
  command->callback([request, &status] { status = run_on_ranks(*request); });
}

}  // namespace assay
