#include "harness/cluster/submission.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/cuda.h>

#include <algorithm>
#include <filesystem>

#include "harness/cluster/batch_script.h"
#include "harness/cluster/sweep.h"
#include "harness/cluster/time_limit.h"
#include "harness/cluster/variables.h"
#include "harness/cluster/workload.h"
#include "harness/network/tensor.h"
#include "harness/store/files.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

/// What the runs of a submission need together.
struct Demand {
  std::string name;    // of the first run
  std::string output;  // of all: of the only run, or above those of a sweep
  std::vector<BatchTask> tasks;
  Workload work;  // of the dearest run
};

Config profile_file(const SubmitRequest& request) {
  std::vector<std::string> overrides;
  if (request.nodes > 0) overrides.push_back(fmt::format("nodes={}", request.nodes));
  return load_config(request.profile, overrides);
}

/// Refuses GPUs for a run that wants none, and the reverse.
void check_device(const Config& config, const ClusterProfile& profile) {
  const Json numerics = config.values.value("numerics", Json::object());
  const std::string device =
      numerics.is_object() && numerics.contains("device") && numerics["device"].is_string()
          ? numerics["device"].get<std::string>()
          : "auto";
  if (device == "cpu" && profile.gpus_per_node > 0)
    config.fail("/numerics/device",
                fmt::format("cpu, but {} asks for GPUs: take a profile without, or auto", profile.file));
  if (device == "cuda" && profile.gpus_per_node == 0)
    config.fail("/numerics/device",
                fmt::format("cuda, but {} asks for no GPUs (gpus_per_node)", profile.file));
}

/// What ranks are told: a node whose GPU is missing is an error, not a slow run, and without GPUs in the
/// profile those of a node stay alone.
std::string device_there(const ClusterProfile& profile) {
  return profile.gpus_per_node > 0 ? "numerics.device=cuda" : "numerics.device=cpu";
}

/// The plan of one run, on the cluster's kind of device if there is one here.
Plan plan_here(const RunRequest& run, std::vector<std::string> overrides, const ClusterProfile& profile) {
  check_device(load_config(run.config, overrides), profile);
  PlanOptions options = run.plan;
  if (profile.gpus_per_node == 0) overrides.push_back(device_there(profile));
  if (profile.gpus_per_node > 0 && torch::cuda::device_count() == 0) {
    options.tuned = false;  // a tuning file of the GPU does not fit here
    overrides.insert(overrides.end(), {"numerics.device=cpu", "numerics.precision=float32"});
  }
  return make_plan(load_config(run.config, overrides), options);
}

void check_threads(const Plan& plan, const ClusterProfile& profile, const Config& profile_config) {
  if (plan.threads > profile.cpus_per_rank)
    profile_config.fail("/cpus_per_rank", fmt::format("{} cores for a rank of {} threads (numerics.threads)",
                                                      profile.cpus_per_rank, plan.threads));
}

Demand demand_of(const SubmitRequest& request, const ClusterProfile& profile, const Config& profile_config) {
  const std::vector<SweepPoint> points = sweep_points(request.sweeps);
  Demand demand;
  for (const SweepPoint& point : points) {
    std::vector<std::string> overrides = request.run.overrides;
    overrides.insert(overrides.end(), point.overrides.begin(), point.overrides.end());
    Plan plan = plan_here(request.run, overrides, profile);
    check_threads(plan, profile, profile_config);
    if (demand.tasks.empty()) {
      demand.name = plan.name;
      demand.output = plan.output;
    }
    plan.output = point.folder.empty() ? demand.output : demand.output + "/" + point.folder;
    demand.tasks.push_back({plan.output, point.overrides});
    if (!request.time.empty()) continue;
    at::set_num_threads(plan.threads);
    const Workload work = workload_of(plan, profile, points.size() > 1 ? Care::quick : Care::thorough);
    if (demand.tasks.size() == 1 || work.seconds > demand.work.seconds) demand.work = work;
  }
  return demand;
}

/// OUTPUT/submissions/N, the first N that nobody has: an edited configuration must not reach queued jobs.
std::string new_folder(const std::string& output) {
  try {
    fs::create_directories(output + "/submissions");
    for (int number = 1;; ++number) {
      const std::string folder = fmt::format("{}/submissions/{}", output, number);
      if (fs::create_directory(folder)) return folder;
    }
  } catch (const fs::filesystem_error& error) {
    throw ConfigError(fmt::format("{}: cannot be written: {}", output, error.code().message()));
  }
}

std::string on_one_line(std::string text) {
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < 0x20; }, ' ');
  return text;
}

/// What every task is told.
std::vector<std::string> arguments_of(const RunRequest& run, const ClusterProfile& profile) {
  std::vector<std::string> words;
  if (run.plan.limit > 0) words.insert(words.end(), {"--limit", std::to_string(run.plan.limit)});
  for (const std::string& name : run.plan.protocols) words.insert(words.end(), {"--protocol", name});
  for (const std::string& override : run.overrides) words.insert(words.end(), {"--set", override});
  words.insert(words.end(), {"--set", device_there(profile)});
  return words;
}

std::int64_t seconds_asked(const SubmitRequest& request, const ClusterProfile& profile) {
  const auto seconds = seconds_of_limit(request.time);
  if (!seconds || *seconds < 60)
    throw ConfigError(
        fmt::format("--time {}: expected HH:MM:SS or D-HH:MM:SS, a minute or more", request.time));
  if (*seconds > profile.longest)
    throw ConfigError(fmt::format("--time {}: must not be longer than {}, time.limit of {}", request.time,
                                  limit_text(profile.longest), profile.file));
  return *seconds;
}

BatchJob job_of(const SubmitRequest& request, const ClusterProfile& profile, const Demand& demand) {
  BatchJob job;
  job.name = on_one_line(demand.name);
  job.command = on_one_line(request.command);
  job.directory = fs::current_path().string();
  job.program = request.program;
  job.arguments = arguments_of(request.run, profile);
  job.tasks = demand.tasks;
  job.array = !request.sweeps.empty();
  job.seconds = request.time.empty() ? seconds_to_ask(demand.work, profile) : seconds_asked(request, profile);
  job.time_reason = request.time.empty() ? reason_to_ask(demand.work, profile) : "As --time says.";
  if (job.seconds <= profile.notice)
    throw ConfigError(
        fmt::format("--time {}: must be longer than the notice before it, {} s (requeue.notice of {})",
                    request.time, profile.notice, profile.file));
  return job;
}

std::string about(const ClusterProfile& profile, const BatchJob& job) {
  const std::string tasks = job.array ? fmt::format("{} runs, each ", job.tasks.size()) : "";
  return fmt::format("{}: {}on {} x {} ranks, time limit {}", job.name, tasks, profile.nodes,
                     profile.ranks_per_node, limit_text(job.seconds));
}

/// Runs a command; what it prints. Throws Error when it cannot be run or fails.
std::string output_of(const std::string& command, const std::string& remedy) {
  std::string text;
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (!pipe) fail_errno(command);
  for (int c; (c = std::fgetc(pipe)) != EOF;) text += static_cast<char>(c);
  if (::pclose(pipe) != 0) throw Error(fmt::format("'{}' failed; {}", command, remedy));
  return text;
}

/// "12;cluster\n" -> "12".
std::string job_id(const std::string& printed) {
  return printed.substr(0, printed.find_first_of(";\n"));
}

}  // namespace

Submission prepare_submission(const SubmitRequest& request) {
  const Config profile_config = profile_file(request);
  const ClusterProfile profile = read_profile(profile_config);
  const Demand demand = demand_of(request, profile, profile_config);
  BatchJob job = job_of(request, profile, demand);
  const std::string text = load_config(request.run.config).text;
  std::vector<std::string> texts = request.run.overrides;
  texts.insert(texts.end(), request.sweeps.begin(), request.sweeps.end());
  texts.push_back(without_comments(text));
  job.variables = variables_of(texts);
  job.folder = new_folder(demand.output);
  job.config = job.folder + "/" + fs::path(request.run.config).filename().string();
  write_file(text, job.config);
  Submission submission{
      .about = about(profile, job), .job = job.folder + "/" + kJobScript, .report = "", .remarks = {}};
  write_file(job_script(profile, job), submission.job);
  if (request.report) {
    submission.report = job.folder + "/" + kReportScript;
    write_file(report_script(profile, job), submission.report);
  }
  if (request.time.empty()) submission.remarks = remarks_on(demand.work, profile, job.seconds);
  return submission;
}

std::string sbatch_command(const Submission& submission) {
  return "sbatch --parsable " + shell_word(submission.job);
}

std::string sbatch_report_command(const Submission& submission, const std::string& job) {
  return fmt::format("sbatch --parsable --dependency=afterany:{} {}", job, shell_word(submission.report));
}

SubmittedJobs submit(const Submission& submission) {
  SubmittedJobs jobs;
  jobs.job = job_id(output_of(sbatch_command(submission),
                              "nothing is queued; the script is kept, to be submitted where sbatch works"));
  if (submission.report.empty()) return jobs;
  const std::string remedy = fmt::format("job {} is queued without its report", jobs.job);
  jobs.report = job_id(output_of(sbatch_report_command(submission, jobs.job), remedy));
  return jobs;
}

}  // namespace assay
