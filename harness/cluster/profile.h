#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/run/config.h"

namespace assay {

/// A line `#SBATCH option` that one site needs, with the reason that stands above it in the script.
struct ExtraOption {
  std::string option;  // as in --exclusive or --reservation=maps
  std::string reason;
  bool report = false;  // of the report job too
};

/// What the report job asks for: one task without GPU.
struct ReportShape {
  std::string partition;       // "" = the job's
  std::int64_t seconds = 0;    // time limit
  std::int64_t mebibytes = 0;  // memory; 0 = what the site gives
};

/// What is asked of one cluster: a YAML file, configs/slurm/ has some (docs/clusters.md).
struct ClusterProfile {
  std::string file;
  std::string partition, account, qos, constraint;  // "" = what the site gives
  std::int64_t nodes = 1;
  std::int64_t gpus_per_node = 0;
  std::string gpu_type;             // as in gres; "" = any
  std::int64_t ranks_per_node = 1;  // as many as GPUs, where there are GPUs
  std::int64_t cpus_per_rank = 1;
  std::int64_t mebibytes_per_rank = 0;  // 0 = what the site gives
  std::int64_t longest = 0;             // the longest time limit of the site, in seconds
  std::int64_t shortest = 0;            // never asks for less, in seconds
  double factor = 1;                    // asks for so many times the forecast; at least 1
  double speed = 1;                     // of a rank there, over that of one where the job is submitted
  std::int64_t notice = 0;              // seconds before the time limit that SLURM signals the script
  std::int64_t most_requeues = 0;       // of one job, whatever the cause
  std::int64_t at_once = 1;             // tasks of an array that run at the same time
  std::string mpi;                      // srun --mpi=
  std::vector<std::string> setup;       // shell lines before the program: modules, variables
  std::vector<ExtraOption> extra;
  ReportShape report;

  std::int64_t ranks() const { return nodes * ranks_per_node; }
  /// Seconds that units in flight get after the signal; then the job is requeued without them.
  std::int64_t patience() const;
};

/// Throws ConfigError `PROFILE.yaml:LINE:COL: KEY.PATH: ...`.
ClusterProfile read_profile(const Config& config);

}  // namespace assay
