#pragma once

#include <string>

namespace assay {

/// How a process was started, as far as MPI's world depends on it. srun makes the tasks of the allocation
/// those of its step; the shell that salloc opens as a step of one task is told those of the job.
struct Launch {
  int size = 0;         // of the world; 0: MPI has not been asked yet
  int step_tasks = 0;   // tasks that srun started together (SLURM_STEP_NUM_TASKS); 0: not by srun
  int job_tasks = 0;    // tasks that the allocation is for (SLURM_NTASKS); 0: there is none
  bool mpirun = false;  // Open MPI's own launcher
  bool pmix = false;    // srun offers PMIx
  bool pmi = false;     // it offers an older interface, which an MPI library may know
  bool first = true;    // of what srun started together (SLURM_PROCID)
};

/// By the environment; `size` stays 0.
Launch launch_here();

/// Why ranks that were started together would each compute everything by themselves, and what to do; empty
/// when nothing is wrong, or as far as can be said before MPI is asked.
std::string launch_mistake(const Launch& launch);

/// "mpirun", "srun with PMIx", "srun", "no launcher".
std::string launcher_of(const Launch& launch);

}  // namespace assay
