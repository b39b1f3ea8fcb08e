#include "harness/run/launch.h"

#include <fmt/format.h>

#include <cstdlib>

namespace assay {
namespace {

bool is_set(const char* variable) {
  return std::getenv(variable) != nullptr;
}

int number_in(const char* variable) {
  const char* text = std::getenv(variable);
  return text ? std::atoi(text) : 0;
}

}  // namespace

Launch launch_here() {
  return {.size = 0,
          .step_tasks = number_in("SLURM_STEP_NUM_TASKS"),
          .job_tasks = number_in("SLURM_NTASKS"),
          .mpirun = is_set("OMPI_COMM_WORLD_SIZE"),
          .pmix = is_set("PMIX_NAMESPACE"),
          .pmi = is_set("PMI_RANK") || is_set("PMI_FD"),
          .first = number_in("SLURM_PROCID") == 0};
}

std::string launch_mistake(const Launch& launch) {
  if (launch.mpirun || launch.size > 1) return "";
  const bool unknown = launch.size == 0 && (launch.pmix || launch.pmi);
  if (launch.step_tasks > 1 && !unknown)
    return fmt::format(
        "srun started {} tasks, but each is an MPI world of its own{}; start them with 'srun --mpi=pmix' "
        "('srun --mpi=list' must show it) or with mpirun",
        launch.step_tasks,
        launch.pmix ? ": this MPI library does not understand its PMIx" : ": PMIx is missing");
  if (launch.step_tasks <= 1 && launch.job_tasks > 1 && !unknown)
    return fmt::format(
        "the allocation is for {} tasks, but one process was started; start it with 'srun --mpi=pmix', or "
        "with 'mpirun -n 1' where one rank is wanted",
        launch.job_tasks);
  return "";
}

std::string launcher_of(const Launch& launch) {
  if (launch.mpirun) return "mpirun";
  if (launch.step_tasks > 0) return launch.pmix ? "srun with PMIx" : "srun";
  return "no launcher";
}

}  // namespace assay
