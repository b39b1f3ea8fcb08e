#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "harness/cli/command.h"
#include "harness/cli/request.h"
#include "harness/cluster/batch_script.h"
#include "harness/cluster/submission.h"

namespace assay {
namespace {

void print_script(const std::string& file) {
  std::stringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  fmt::print("==> {} <==\n{}\n", file, text.str());
}

/// What would be submitted, and how to do it by hand.
void print_submission(const Submission& submission) {
  print_script(submission.job);
  if (!submission.report.empty()) print_script(submission.report);
  fmt::print("nothing is submitted; these do it:\n  job=$({})\n", sbatch_command(submission));
  if (!submission.report.empty()) fmt::print("  {}\n", sbatch_report_command(submission, "$job"));
}

void run_submit(const SubmitRequest& request, bool dry_run) {
  const Submission submission = prepare_submission(request);
  for (const std::string& remark : submission.remarks) fmt::print(stderr, "assay: {}\n", remark);
  fmt::print("{}\n", submission.about);
  if (dry_run) return print_submission(submission);
  std::fflush(stdout);
  const SubmittedJobs jobs = submit(submission);
  fmt::print("submitted {}: {}\n", jobs.job, submission.job);
  if (!jobs.report.empty())
    fmt::print("submitted {}, when that has ended: {}\n", jobs.report, submission.report);
}

/// What was typed, but for the program's path.
std::string command_line() {
  std::ifstream stream("/proc/self/cmdline", std::ios::binary);
  std::string line = "assay", word;
  std::getline(stream, word, '\0');
  while (std::getline(stream, word, '\0')) line += " " + shell_word(word);
  return line;
}

void add_options(CLI::App& command, SubmitRequest& request) {
  add_request(command, request.run);
  command.add_option("--profile", request.profile, "what to ask of the cluster (configs/slurm/)")
      ->required()
      ->type_name("PROFILE.yaml");
  command
      .add_option("--sweep", request.sweeps,
                  "a run for each value, as an array of jobs; several make every combination (repeatable)")
      ->allow_extra_args(false)
      ->type_name("KEY=A,B,C");
  command.add_option("--nodes", request.nodes, "instead of the profile's")
      ->check(CLI::Range(1, 100'000))
      ->type_name("N");
  command.add_option("--time", request.time, "time limit, instead of the forecast's")->type_name("HH:MM:SS");
  command.add_flag_callback(
      "--no-report", [&request] { request.report = false; },
      "without the dependent job that merges and reports");
}

constexpr const char* kExamples =
    "Everything is validated and forecast as 'assay plan' does, a job script is written to "
    "OUTPUT/submissions/N/ with a copy\n"
    "of the configuration, and given to sbatch, followed by a job that merges and reports. Before its time "
    "limit the job\n"
    "ends the units in flight and is requeued, until everything is there.\n\n"
    "examples:\n"
    "  assay submit configs/table1-imagenet.yaml --profile configs/slurm/generic-gpu.yaml --dry-run\n"
    "  assay submit configs/table1-imagenet.yaml --profile configs/slurm/generic-gpu.yaml --nodes 4\n"
    "  assay submit configs/var.yaml --profile configs/slurm/generic-cpu.yaml --sweep seed=1,2,3 --sweep "
    "datasets.quad.n=2,3";

}  // namespace

void add_submit(CLI::App& program, int& /*status*/) {
  auto request = std::make_shared<SubmitRequest>();
  auto dry_run = std::make_shared<bool>(false);
  CLI::App* command = program.add_subcommand(
      "submit", "write a batch script for SLURM that runs a configuration, and submit it");
  add_options(*command, *request);
  command->add_flag("--dry-run", *dry_run, "write the scripts and print them, submit nothing");
  command->footer(kExamples);
  command->callback([request, dry_run] {
    request->program = std::filesystem::read_symlink("/proc/self/exe").string();
    request->command = command_line();
    run_submit(*request, *dry_run);
  });
}

}  // namespace assay
