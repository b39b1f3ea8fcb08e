#pragma once

#include <string>
#include <vector>

#include "harness/run/session.h"

namespace assay {

/// What `assay submit` was asked.
struct SubmitRequest {
  RunRequest run;
  std::string profile;              // file
  std::vector<std::string> sweeps;  // key.path=a,b,c
  int nodes = 0;                    // 0 = the profile's
  std::string time;                 // time limit; "" = from the forecast
  bool report = true;               // a dependent job that merges and reports
  std::string program;              // assay, absolute
  std::string command;              // as it was typed
};

/// A job that is ready: its scripts are written and can be read, edited and submitted by hand.
struct Submission {
  std::string about;   // what it asks for, in a line
  std::string job;     // script; its folder holds the snapshot of the configuration and the logs
  std::string report;  // script; "" = none
  std::vector<std::string> remarks;  // for the user, a line each
};

/// Validates every run that the request asks for, forecasts its time, and writes OUTPUT/submissions/N/ with
/// job.sh, report.sh and a copy of the configuration, which later edits of the original do not reach. Throws
/// ConfigError with the place in the configuration or the profile.
Submission prepare_submission(const SubmitRequest& request);

/// How the scripts are handed to SLURM, a command each.
std::string sbatch_command(const Submission& submission);
std::string sbatch_report_command(const Submission& submission, const std::string& job);

/// What sbatch made of them.
struct SubmittedJobs {
  std::string job;     // its id
  std::string report;  // "" = none
};

/// Calls sbatch. Throws Error when it fails, with what to do; what it prints itself goes to the terminal.
SubmittedJobs submit(const Submission& submission);

}  // namespace assay
