// What each check says of facts that are made up here: ok, warn and fail.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "harness/cluster/doctor.h"

namespace assay {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

using Facts = std::vector<Json>;

std::vector<std::string> said(const std::string& check, const Facts& facts) {
  const auto found = std::ranges::find(checks(), check, &Check::name);
  if (found == checks().end()) return {"no such check"};
  std::vector<std::string> lines;
  for (const Finding& finding : found->judge(facts)) lines.push_back(line_of(finding));
  return lines;
}

TEST(CheckConfiguration, TellsWhatItAsksForOrWhatIsWrong) {
  const Json good{{"plan", "x: 1 experiments, 12 records"}};
  EXPECT_THAT(said("configuration", {good, good}),
              ElementsAre("ok    configuration: x: 1 experiments, 12 records"));
  EXPECT_THAT(said("configuration", {Json::object()}), IsEmpty());  // none was given
}

TEST(CheckConfiguration, NamesTheRanksThatCannotReadIt) {
  const Json good{{"plan", "x"}}, bad{{"mistake", "c.yaml:1:1: cannot be read"}};
  EXPECT_THAT(said("configuration", {bad, bad}),
              ElementsAre("fail  configuration: c.yaml:1:1: cannot be read"));
  EXPECT_THAT(said("configuration", {good, good, bad}),
              ElementsAre("fail  configuration: rank 2: c.yaml:1:1: cannot be read"));
}

TEST(CheckConfiguration, WarnsOfListsThatDiffer) {
  EXPECT_THAT(
      said("configuration", {Json{{"plan", "x: 12 records"}}, Json{{"plan", "x: 10 records"}}}),
      ElementsAre(StartsWith("warn  configuration: ranks read it differently: x: 12 records (rank 0), x: 10 "
                             "records (rank 1); keep")));
}

Json mpi(int node, const std::string& host, const std::string& library = "Open MPI v4.1.4") {
  return {{"node", node}, {"host", host}, {"library", library}, {"launcher", "srun with PMIx"}};
}

TEST(CheckMpi, CountsRanksAndNodes) {
  EXPECT_THAT(said("mpi", {mpi(0, "n1"), mpi(0, "n1"), mpi(2, "n2"), mpi(2, "n2")}),
              ElementsAre("ok    MPI: Open MPI v4.1.4, 4 ranks (n1 2, n2 2), started by srun with PMIx"));
}

TEST(CheckMpi, WarnsOfAnUnevenSpread) {
  EXPECT_THAT(said("mpi", {mpi(0, "n1"), mpi(0, "n1"), mpi(2, "n2")}),
              ElementsAre(StartsWith(
                  "warn  MPI: Open MPI v4.1.4, 3 ranks (n1 2, n2 1), started by srun with PMIx: nodes "
                  "have different numbers of ranks; ask for --ntasks-per-node")));
}

TEST(CheckMpi, FailsWithoutAWorldAndWithSeveralLibraries) {
  Json alone = mpi(0, "n1");
  alone["problem"] = "srun started 4 tasks, but each is alone; start them with 'srun --mpi=pmix'";
  EXPECT_THAT(
      said("mpi", {alone}),
      ElementsAre("fail  MPI: srun started 4 tasks, but each is alone; start them with 'srun --mpi=pmix'"));
  EXPECT_THAT(said("mpi", {mpi(0, "n1"), mpi(0, "n1"), mpi(2, "n2", "Open MPI v5.0.7")}),
              ElementsAre(StartsWith(
                  "fail  MPI: ranks use different libraries: Open MPI v4.1.4 (ranks 0-1), Open MPI "
                  "v5.0.7 (rank 2); load")));
}

Json gpu(const std::vector<std::string>& devices, int node = 0, const std::string& name = "NVIDIA H100") {
  return {{"node", node},         {"host", node == 0 ? "n1" : "n2"},
          {"devices", devices},   {"gpus", std::vector<std::string>(devices.size(), name)},
          {"processor", "a CPU"}, {"driver", "535.104"},
          {"use_gpu", true}};
}

TEST(CheckDevices, OneRankOneGpu) {
  EXPECT_THAT(said("devices", {gpu({"A", "B"}), gpu({"A", "B"})}),
              ElementsAre("ok    devices: 2 ranks on 2 GPUs (NVIDIA H100, driver 535.104)"));
}

TEST(CheckDevices, FailsWhereTwoRanksHaveOneGpu) {
  EXPECT_THAT(said("devices", {gpu({"A"}), gpu({"A"})}),
              ElementsAre(StartsWith(
                  "fail  devices: rank 1 on n1 would compute on the GPU of rank 0 (A); start one rank")));
  Json shared = gpu({"A"});
  shared["share"] = true;
  EXPECT_THAT(said("devices", {shared, shared}),
              ElementsAre(StartsWith("ok    devices: 2 ranks on 1 GPU (")));
}

TEST(CheckDevices, WarnsOfIdleGpusAndOfKindsThatDiffer) {
  EXPECT_THAT(
      said("devices", {gpu({"A", "B", "C"}), gpu({"A", "B", "C"})}),
      ElementsAre(
          "warn  devices: n1 has 3 GPUs for 2 of the ranks; start one rank a GPU (--ntasks-per-node)"));
  Json other = gpu({"C"}, 2, "NVIDIA A100");
  other["driver"] = "470.1";
  EXPECT_THAT(
      said("devices", {gpu({"A", "B"}), gpu({"A", "B"}), other}),
      ElementsAre(
          HasSubstr("GPUs of different kinds, whose last bits may differ: NVIDIA H100 (ranks 0-1), NVIDIA "
                    "A100 (rank 2)"),
          HasSubstr("drivers of different versions: 535.104 (ranks 0-1), 470.1 (rank 2)")));
}

TEST(CheckDevices, ComparesTheGpusThatAreChosen) {
  Json mixed = gpu({"A", "B"});
  mixed["gpus"] = std::vector<std::string>{"NVIDIA H100", "NVIDIA A100"};
  EXPECT_THAT(said("devices", {mixed, mixed}),
              ElementsAre(StartsWith(
                  "warn  devices: GPUs of different kinds, whose last bits may differ: NVIDIA H100 "
                  "(rank 0), NVIDIA A100 (rank 1); ask")));
}

Json cpu(const std::string& processor, std::size_t gpus = 0) {
  return {{"host", "n1"}, {"processor", processor}, {"gpus", std::vector<std::string>(gpus, "NVIDIA H100")}};
}

TEST(CheckDevices, OnCpus) {
  EXPECT_THAT(said("devices", {cpu("EPYC"), cpu("EPYC")}), ElementsAre("ok    devices: the CPU (EPYC)"));
  EXPECT_THAT(said("devices", {cpu("EPYC"), cpu("Xeon")}),
              ElementsAre(StartsWith(
                  "warn  devices: processors of different kinds, whose last bits may differ: EPYC (rank "
                  "0), Xeon (rank 1); ask")));
  EXPECT_THAT(
      said("devices", {cpu("EPYC", 4)}),
      ElementsAre(StartsWith("warn  devices: the driver of n1 has 4 GPUs, but LibTorch sees none; build")));
}

Json blas(double gflops, const std::string& library = "libopenblas.so", int cores = 4) {
  return {{"library", library}, {"gflops", gflops}, {"threads", 2}, {"cores", cores}};
}

TEST(CheckBlas, SaysHowFastItIs) {
  EXPECT_THAT(said("blas", {blas(80), blas(90)}),
              ElementsAre("ok    BLAS: 85 GFLOP/s a thread, 2 threads a rank (libopenblas.so)"));
}

TEST(CheckBlas, WarnsOfASlowOneAndOfRanksThatLackCores) {
  EXPECT_THAT(said("blas", {blas(20)}),
              ElementsAre(StartsWith("warn  BLAS: slow BLAS: libopenblas.so runs 20.0 GFLOP/s a thread")));
  EXPECT_THAT(said("blas", {blas(80), blas(80), blas(30)}),
              ElementsAre(StartsWith(
                  "warn  BLAS: rank 2: less than half as fast as the others (80 GFLOP/s a thread); give")));
  EXPECT_THAT(said("blas", {blas(80), blas(80, "libopenblas.so", 1)}),
              ElementsAre(StartsWith("warn  BLAS: rank 1: fewer cores than numerics.threads (2); ask")));
}

TEST(CheckBlas, AdvisesToInstallOpenBlasOnlyWhereItIsNot) {
  EXPECT_THAT(said("blas", {blas(20)}),
              ElementsAre(AllOf(HasSubstr("look for other work on these cores"), Not(HasSubstr("install")))));
  EXPECT_THAT(said("blas", {blas(3, "libblas.so.3.11")}),
              ElementsAre(HasSubstr("install libopenblas0-openmp and select it")));
}

TEST(CheckBlas, FailsWithTheReferenceBlasAndWithSeveralLibraries) {
  EXPECT_THAT(said("blas", {blas(3)}),
              ElementsAre(StartsWith("fail  BLAS: slow BLAS: libopenblas.so runs 3.0")));
  EXPECT_THAT(said("blas", {blas(80), blas(80, "libmkl.so")}),
              ElementsAre(StartsWith(
                  "fail  BLAS: ranks multiply with different libraries, whose bits differ: libopenblas.so "
                  "(rank 0), libmkl.so (rank 1); install")));
}

Json output(const Json& more = Json::object()) {
  Json facts{{"folder", "/scratch"}, {"probed", true}};
  facts.update(more);
  return facts;
}

TEST(CheckOutput, GoodFoldersAndNone) {
  EXPECT_THAT(said("output", {output(), output()}),
              ElementsAre("ok    output: /scratch: HDF5 writes and reads there, files can be locked"));
  EXPECT_THAT(said("output", {nullptr}), IsEmpty());
}

TEST(CheckOutput, WarnsWhereFilesCannotBeLocked) {
  EXPECT_THAT(
      said("output", {output({{"lock", "No locks available"}})}),
      ElementsAre("warn  output: /scratch: no locks: No locks available; assay needs none; for h5py there: "
                  "export HDF5_USE_FILE_LOCKING=FALSE"));
  EXPECT_THAT(said("output", {output(), output({{"hangs", true}})}),
              ElementsAre(StartsWith(
                  "warn  output: /scratch: rank 1: locking a file takes for ever; assay needs none")));
}

TEST(CheckOutput, FailsWhereLocksAreAskedForAndHang) {
  EXPECT_THAT(
      said("output", {output({{"hangs", true}, {"wants_locks", true}})}),
      ElementsAre(
          "fail  output: /scratch: locking a file takes for ever; unset HDF5_USE_FILE_LOCKING, which asks "
          "for them"));
}

TEST(CheckOutput, FailsWhereItCannotBeWrittenOrIsNotShared) {
  EXPECT_THAT(
      said("output", {output({{"write", "Read-only file system"}})}),
      ElementsAre(StartsWith("fail  output: /scratch: cannot be written: Read-only file system; make")));
  EXPECT_THAT(
      said("output", {output(), output({{"sees_marker", false}})}),
      ElementsAre(StartsWith("fail  output: /scratch: rank 1: does not see what rank 0 writes; choose")));
  EXPECT_THAT(said("output", {output({{"write", "Permission denied"}}),
                              output({{"write", "Permission denied"}, {"sees_marker", false}})}),
              ElementsAre(StartsWith("fail  output: /scratch: rank 1: does not see what rank 0 writes")));
  EXPECT_THAT(said("output", {output({{"slow", true}})}),
              ElementsAre(StartsWith("fail  output: /scratch: writing takes longer than 3 s; choose")));
  EXPECT_THAT(said("output", {output({{"hdf5", "/scratch/x: No space left on device"}})}),
              ElementsAre(HasSubstr("No space left on device; choose another")));
}

Json space(std::int64_t needed, std::int64_t free, std::int64_t files = 1000) {
  return {{"folder", "/scratch"}, {"needed", needed}, {"free", free}, {"files", files}};
}

TEST(CheckSpace, ComparesWhatIsNeededWithWhatIsFree) {
  EXPECT_THAT(said("space", {space(1000, 5'000'000), nullptr}),
              ElementsAre("ok    space: about 1.0 kB needed, 5.0 MB free in /scratch"));
  EXPECT_THAT(said("space", {space(3'000'000, 5'000'000)}),
              ElementsAre(StartsWith("warn  space: about 3.0 MB needed")));
  EXPECT_THAT(said("space", {space(6'000'000, 5'000'000)}),
              ElementsAre("fail  space: about 6.0 MB needed, 5.0 MB free in /scratch; make room, or choose "
                          "another --output"));
  EXPECT_THAT(said("space", {nullptr}), IsEmpty());
}

TEST(CheckSpace, WarnsWhenFewFilesCanBeMade) {
  EXPECT_THAT(said("space", {space(1000, 5'000'000, 99)}),
              ElementsAre(StartsWith("warn  space: only 99 more files")));
}

Json images(const Json& more = Json::object()) {
  Json facts{{"name", "val"}, {"samples", 50}, {"looked", 20}, {"decoded", 3}};
  facts.update(more);
  Json made;
  made["datasets"].push_back(facts);
  return made;
}

TEST(CheckImages, CountsWhatIsThere) {
  EXPECT_THAT(said("images", {images(), images({{"decoded", 0}})}),
              ElementsAre("ok    images: val: 50 samples; 20 files looked for and there, 3 images decoded"));
  EXPECT_THAT(said("images", {images({{"looked", 0}, {"decoded", 0}})}),
              ElementsAre("ok    images: val: 50 samples without files"));
  EXPECT_THAT(said("images", {nullptr}), IsEmpty());
}

TEST(CheckImages, WarnsWhenSomeAreMissingOrBroken) {
  const Json some{{"missing", 2}, {"first_missing", "/data/7.jpg"}};
  EXPECT_THAT(
      said("images", {images(some)}),
      ElementsAre(StartsWith("warn  images: val: 2 of 20 files are missing, the first /data/7.jpg; copy")));
  EXPECT_THAT(said("images", {images({{"broken", 1}, {"first_broken", "/data/9.jpg: truncated JPEG"}})}),
              ElementsAre(StartsWith(
                  "warn  images: val: 1 of 4 images cannot be decoded, the first: /data/9.jpg: truncated")));
}

TEST(CheckImages, FailsWhereARankSeesNone) {
  const Json none{{"missing", 20}, {"first_missing", "/data/1.jpg"}, {"decoded", 0}};
  EXPECT_THAT(said("images", {images(), images(none), images(none)}),
              ElementsAre(StartsWith(
                  "fail  images: val: ranks 1-2: 20 of 20 files are missing, the first /data/1.jpg")));
  EXPECT_THAT(said("images", {images({{"broken", 3}, {"decoded", 0}, {"first_broken", "x"}})}),
              ElementsAre(StartsWith("fail  images: val: 3 of 3 images cannot be decoded")));
}

Json network(const Json& more) {
  Json facts{{"network", "toy"}, {"dataset", "val"}};
  facts.update(more);
  Json made;
  made["networks"].push_back(facts);
  return made;
}

TEST(CheckNetworks, AgreesWithItsSidecar) {
  const auto compared = [](int agreed) {
    return network({{"sidecar", "val/predictions.csv"}, {"compared", 16}, {"agreed", agreed}});
  };
  EXPECT_THAT(said("networks", {compared(16), nullptr}),
              ElementsAre("ok    network toy: top-1 of 16 of 16 images as in val/predictions.csv"));
  EXPECT_THAT(said("networks", {compared(14)}),
              ElementsAre(StartsWith(
                  "warn  network toy: top-1 of 14 of 16 images as in val/predictions.csv; look at its")));
  EXPECT_THAT(said("networks", {compared(3)}),
              ElementsAre(StartsWith("fail  network toy: top-1 of 3 of 16 images")));
}

TEST(CheckNetworks, WithoutASidecarByItsLabels) {
  EXPECT_THAT(said("networks", {network({{"labelled", 16}, {"right", 9}})}),
              ElementsAre("ok    network toy: 9 of 16 labelled images of val are right"));
  EXPECT_THAT(
      said("networks", {network({{"labelled", 16}, {"right", 0}})}),
      ElementsAre(StartsWith("warn  network toy: 0 of 16 labelled images of val are right; look at")));
  EXPECT_THAT(said("networks", {network({{"labelled", 3}, {"right", 0}})}),
              ElementsAre(StartsWith("ok    network toy")));
  EXPECT_THAT(said("networks", {network(Json::object())}),
              ElementsAre("ok    network toy: predicts; no labels in val"));
}

TEST(CheckNetworks, FailsWhenItCannotPredict) {
  EXPECT_THAT(
      said("networks", {network({{"problem", "CUDA out of memory"}})}),
      ElementsAre("fail  network toy: cannot predict: CUDA out of memory; try it alone: assay network PATH "
                  "--images ..."));
}

TEST(Checks, EveryOneIsJudgedHere) {
  std::vector<std::string> names;
  for (const Check& check : checks()) names.push_back(check.name);
  EXPECT_THAT(
      names, ElementsAre("configuration", "mpi", "devices", "blas", "output", "space", "images", "networks"));
}

}  // namespace
}  // namespace assay
