#include "harness/run/launch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace {

using assay::Launch;
using assay::launch_mistake;
using testing::HasSubstr;

Launch srun_step(int tasks, int size) {
  Launch launch;
  launch.size = size;
  launch.step_tasks = launch.job_tasks = tasks;
  return launch;
}

TEST(Launch, TasksWithoutPmixAreRefusedBeforeMpiIsAsked) {
  EXPECT_EQ(
      launch_mistake(srun_step(4, 0)),
      "srun started 4 tasks, but each is an MPI world of its own: PMIx is missing; start them with 'srun "
      "--mpi=pmix' ('srun --mpi=list' must show it) or with mpirun");
}

TEST(Launch, WithPmixTheWorldDecides) {
  Launch launch = srun_step(4, 0);
  launch.pmix = true;
  EXPECT_EQ(launch_mistake(launch), "");
  launch.size = 4;
  EXPECT_EQ(launch_mistake(launch), "");
  launch.size = 1;
  EXPECT_THAT(launch_mistake(launch), HasSubstr("this MPI library does not understand its PMIx"));
}

TEST(Launch, AnotherInterfaceIsTriedFirst) {
  Launch launch = srun_step(4, 0);
  launch.pmi = true;
  EXPECT_EQ(launch_mistake(launch), "");
  launch.size = 1;
  EXPECT_THAT(launch_mistake(launch), HasSubstr("PMIx is missing"));
}

TEST(Launch, OneTaskMayBeAlone) {
  EXPECT_EQ(launch_mistake(srun_step(1, 0)), "");  // srun -n 1, in whatever allocation
  EXPECT_EQ(launch_mistake(srun_step(1, 1)), "");
  EXPECT_EQ(launch_mistake({}), "");
}

TEST(Launch, OneProcessInAnAllocationForSeveral) {
  Launch launch;
  launch.job_tasks = 4;
  EXPECT_THAT(launch_mistake(launch),
              HasSubstr("the allocation is for 4 tasks, but one process was started"));
  launch.step_tasks = 1;  // in the shell of salloc, which is a step
  EXPECT_THAT(launch_mistake(launch),
              HasSubstr("the allocation is for 4 tasks, but one process was started"));
  launch.mpirun = true;  // mpirun -n 1
  EXPECT_EQ(launch_mistake(launch), "");
}

TEST(Launch, IsReadFromTheEnvironment) {
  for (const char* variable : {"OMPI_COMM_WORLD_SIZE", "PMIX_NAMESPACE", "PMI_RANK", "PMI_FD"})
    unsetenv(variable);
  setenv("SLURM_STEP_NUM_TASKS", "3", 1);
  setenv("SLURM_NTASKS", "5", 1);
  setenv("SLURM_PROCID", "2", 1);
  const Launch launch = assay::launch_here();
  EXPECT_EQ(launch.size, 0);
  EXPECT_EQ(launch.step_tasks, 3);
  EXPECT_EQ(launch.job_tasks, 5);
  EXPECT_FALSE(launch.mpirun || launch.pmix || launch.pmi || launch.first);
  EXPECT_EQ(launcher_of(launch), "srun");
  setenv("PMIX_NAMESPACE", "slurm.pmix.1.0", 1);
  EXPECT_EQ(launcher_of(assay::launch_here()), "srun with PMIx");
  for (const char* variable : {"SLURM_STEP_NUM_TASKS", "SLURM_NTASKS", "SLURM_PROCID", "PMIX_NAMESPACE"})
    unsetenv(variable);
  EXPECT_EQ(launcher_of(assay::launch_here()), "no launcher");
}

}  // namespace
