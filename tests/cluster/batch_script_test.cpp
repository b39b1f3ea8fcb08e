#include "harness/cluster/batch_script.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "harness/cluster/script_text.h"

namespace assay {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string golden_script(const std::string& name) {
  return std::string(ASSAY_GOLDEN_SCRIPTS) + "/" + name;
}

std::string content_of(const std::string& file) {
  std::stringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

/// Byte equality with a file of tests/cluster/golden, which bash must be able to read; ASSAY_WRITE_GOLDEN=1
/// writes it anew, to be read before it is kept.
void expect_golden_script(const std::string& name, const std::string& text) {
  if (std::getenv("ASSAY_WRITE_GOLDEN")) std::ofstream(golden_script(name), std::ios::binary) << text;
  EXPECT_EQ(text, content_of(golden_script(name))) << name;
  EXPECT_EQ(std::system(("bash -n '" + golden_script(name) + "'").c_str()), 0) << name;
}

ClusterProfile gpu_cluster() {
  ClusterProfile profile;
  profile.file = "cluster.yaml";
  profile.partition = "gpu";
  profile.account = "maps";
  profile.nodes = 2;
  profile.gpus_per_node = profile.ranks_per_node = 4;
  profile.gpu_type = "a100";
  profile.cpus_per_rank = 8;
  profile.mebibytes_per_rank = 16 * 1024;
  profile.notice = 300;
  profile.most_requeues = 20;
  profile.at_once = 3;
  profile.mpi = "pmix";
  profile.setup = {"module load openmpi"};
  profile.extra = {{"--exclusive", "Neighbours are noisy.", false},
                   {"--reservation=maps", "Ours until May.", true}};
  profile.report = {.partition = "short", .seconds = 1800, .mebibytes = 2048};
  return profile;
}

BatchJob one_run() {
  BatchJob job;
  job.name = "table 1";
  job.command = "assay submit table1.yaml --profile cluster.yaml";
  job.directory = "/home/me/my work";
  job.folder = "out/table1/submissions/1";
  job.program = "/opt/assay/bin/assay";
  job.config = "out/table1/submissions/1/table1.yaml";
  job.variables = {{"ASSAY_DATA", "/data/it's here"}};
  job.arguments = {"--limit", "100", "--set", "protocols=[paper]", "--set", "numerics.device=cuda"};
  job.tasks = {{"out/table1", {}}};
  job.seconds = 3 * 3600;
  job.time_reason = "About 1 h 50 min on 8 ranks, times 1.5, and 2 min 00 s to start.";
  return job;
}

BatchJob sweep_of_two() {
  BatchJob job = one_run();
  job.array = true;
  job.tasks = {{"out/table1/seed=1", {"seed=1"}}, {"out/table1/seed=2", {"seed=2"}}};
  return job;
}

TEST(BatchScript, AJobOnGpus) {
  expect_golden_script("gpu-job.sh", job_script(gpu_cluster(), one_run()));
}

TEST(BatchScript, ASweep) {
  expect_golden_script("sweep-job.sh", job_script(gpu_cluster(), sweep_of_two()));
}

TEST(BatchScript, TheReportOfASweep) {
  expect_golden_script("sweep-report.sh", report_script(gpu_cluster(), sweep_of_two()));
}

TEST(BatchScript, WithoutGpusNothingAsksForThem) {
  ClusterProfile profile = gpu_cluster();
  profile.gpus_per_node = 0;
  profile.gpu_type = "";
  profile.ranks_per_node = 32;
  profile.mebibytes_per_rank = 1536;
  const std::string text = job_script(profile, one_run());
  EXPECT_THAT(text, Not(HasSubstr("gres")));
  EXPECT_THAT(text, HasSubstr("#SBATCH --ntasks-per-node=32\n"));
  EXPECT_THAT(text, HasSubstr("# Of a node: 1536M for each rank.\n#SBATCH --mem=48G\n"));
  EXPECT_THAT(text, HasSubstr("\nranks_per_node=32\n"));
}

TEST(BatchScript, WordsOfTheProfileAreNoCommands) {
  ClusterProfile profile = gpu_cluster();
  profile.mpi = "pmix;date";
  profile.gpu_type = "$HOME";
  EXPECT_THAT(job_script(profile, one_run()), HasSubstr("  srun --mpi='pmix;date' --ntasks="));
  EXPECT_THAT(job_script(profile, one_run()), HasSubstr(" --cpus-per-task=8 --gres='gpu:$HOME:4' \\\n"));
}

TEST(BatchScript, APercentSignOfAFolderIsNoField) {
  BatchJob job = one_run();
  job.folder = "out/50%j/submissions/1";
  EXPECT_THAT(job_script(gpu_cluster(), job), HasSubstr("#SBATCH --output=out/50%%j/submissions/1/%j.log\n"));
}

TEST(BatchScript, WordsOfAShell) {
  EXPECT_EQ(shell_word("out/a-b=1,2.yaml"), "out/a-b=1,2.yaml");
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("a b"), "'a b'");
  EXPECT_EQ(shell_word("it's $HOME"), "'it'\\''s $HOME'");
  EXPECT_EQ(shell_words({"a", "b c"}), "a 'b c'");
  for (const std::string text : {"[x]", "a*", "~", "a;b", "a&b", "`x`", "\"", "\\", "#", "{a,b}", "ä"})
    EXPECT_EQ(shell_word(text), "'" + text + "'");
}

TEST(BatchScript, OptionsOfSbatch) {
  Directives lines("");
  lines.add("empty", "");
  lines.add("nodes", std::int64_t{2});
  lines.add("chdir", "/a \"b\"\\c", "Because.");
  EXPECT_EQ(lines.text(), "#SBATCH --nodes=2\n# Because.\n#SBATCH --chdir=\"/a \\\"b\\\"\\\\c\"\n");
}

}  // namespace
}  // namespace assay
