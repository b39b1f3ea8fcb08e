#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/cluster/profile.h"

namespace assay {

/// One run of a job: the only one, or a task of an array.
struct BatchTask {
  std::string output;                  // folder
  std::vector<std::string> overrides;  // key.path=value
};

/// What the scripts of one submission say besides the profile. Paths are absolute or relative to `directory`.
struct BatchJob {
  std::string name;                                            // of the job; any text
  std::string command;                                         // that wrote the script; a single line
  std::string directory;                                       // where the job runs
  std::string folder;                                          // of the scripts and logs
  std::string program;                                         // assay
  std::string config;                                          // the snapshot of the configuration
  std::vector<std::pair<std::string, std::string>> variables;  // of the environment, that it names
  std::vector<std::string> arguments;                          // of every task, but for the configuration
  std::vector<BatchTask> tasks;                                // at least one
  bool array = false;                                          // a sweep, even of one task
  std::int64_t seconds = 0;                                    // time limit
  std::string time_reason;                                     // a single line
};

/// The file names of a submission's scripts in its folder.
inline constexpr const char* kJobScript = "job.sh";
inline constexpr const char* kReportScript = "report.sh";

/// A bash script for sbatch that runs every task until it is all there: it asks `profile` for nodes, forwards
/// SLURM's notice of the time limit to the ranks, and requeues its job when 'assay run' stopped in good order
/// (exit status 75), at most as often as the profile allows.
std::string job_script(const ClusterProfile& profile, const BatchJob& job);

/// A bash script for sbatch that merges and reports what the tasks computed. It is submitted with
/// `--dependency=afterany:JOB`.
std::string report_script(const ClusterProfile& profile, const BatchJob& job);

/// As a single word of a POSIX shell.
std::string shell_word(std::string_view text);

}  // namespace assay
