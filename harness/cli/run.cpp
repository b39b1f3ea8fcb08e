#include <fmt/format.h>
#include <sysexits.h>

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
  if (bad == 0 && outcome.merged.failed_samples == 0) return 0;
  fmt::print(stderr,
             "assay: {} of {} records and {} images failed; 'assay report {} --details' says why, "
             "'--failed' tries them again\n",
             bad, outcome.merged.records, outcome.merged.failed_samples, outcome.results);
  return 1;
}

/// Says how to go on. Returns the exit status.
int take_leave(const RunOutcome& outcome, const Ranks& ranks) {
  if (ranks.rank() == 0)
    fmt::print(stderr, "assay: stopped by {}; what was done is kept in {}/journal; run it again to go on\n",
               outcome.stopped, outcome.output);
  return EX_TEMPFAIL;
}

/// Errors are printed here, while the ranks still talk: one that leaves by an exception takes the others with
/// it.
int run_on_ranks(const RunRequest& request) {
  const auto decoder = std::make_shared<DecoderProcess>();  // forks: before MPI and LibTorch have threads
  const Ranks ranks;
  try {
    const RunOutcome outcome = run(request, ranks, decoder);
    if (!outcome.stopped.empty()) return take_leave(outcome, ranks);
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
  command->add_flag("--failed", request->failed, "compute again what failed before");
  command->footer(
      "A second run computes only what is missing. SIGTERM, SIGUSR1 and SIGINT (once) end it in good order: "
      "units "
      "in work are\n"
      "finished. Exit status: 0, 1 when an image or cell failed, 2 for a mistake in the configuration, 75 "
      "when it "
      "was told to\n"
      "stop: run it again to go on.\n\n"
      "examples:\n"
      "  assay run configs/table1-imagenet.yaml --limit 2\n"
      "  mpirun -n 2 assay run configs/table1-imagenet.yaml\n"
      "  assay run configs/table1-imagenet.yaml --failed\n"
      "  assay run configs/table1-places.yaml --set numerics.batch=16 --output out/batch16");
  command->callback([request, &status] { status = run_on_ranks(*request); });
}

}  // namespace assay
