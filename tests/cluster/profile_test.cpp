#include "harness/cluster/profile.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>

#include "tests/error_text.h"

namespace assay {
namespace {

using test::error_text;

ClusterProfile profile_of(const std::string& text) {
  return read_profile(parse_config(text, "p.yaml"));
}

std::string profile_error(const std::string& text) {
  return error_text<ConfigError>([&] { profile_of(text); });
}

TEST(Profile, Defaults) {
  const ClusterProfile profile = profile_of("partition: short\n");
  EXPECT_EQ(profile.file, "p.yaml");
  EXPECT_EQ(profile.partition, "short");
  EXPECT_EQ(profile.account + profile.qos + profile.constraint + profile.gpu_type, "");
  EXPECT_EQ(profile.ranks(), 1);
  EXPECT_EQ(profile.mpi, "pmix");
  EXPECT_EQ(profile.longest, 86400);
  EXPECT_EQ(profile.shortest, 600);
  EXPECT_EQ(profile.notice, 300);
  EXPECT_EQ(profile.patience(), 270);
  EXPECT_EQ(profile.most_requeues, 20);
  EXPECT_TRUE(profile.extra.empty() && profile.setup.empty());
}

TEST(Profile, OneRankForEachGpu) {
  EXPECT_EQ(profile_of("nodes: 3\ngpus_per_node: 4\n").ranks(), 12);
  EXPECT_EQ(profile_of("nodes: 3\nranks_per_node: 20\n").ranks(), 60);
  EXPECT_EQ(profile_error("gpus_per_node: 4\nranks_per_node: 4\n"),
            "p.yaml:2:1: ranks_per_node: with GPUs there is one rank for each of them: leave it out");
  EXPECT_EQ(profile_error("gpu_type: a100\n"), "p.yaml:1:1: gpu_type: goes with gpus_per_node");
}

TEST(Profile, PatienceEndsBeforeTheLimit) {
  for (const int notice : {4, 20, 60, 500}) {
    const auto profile = profile_of("requeue: {notice: " + std::to_string(notice) + "}\n");
    EXPECT_LT(profile.patience(), notice);
    EXPECT_GE(profile.patience(), notice * 3 / 4);
  }
}

TEST(Profile, Memory) {
  EXPECT_EQ(profile_of("memory_per_rank: 16G\n").mebibytes_per_rank, 16 * 1024);
  EXPECT_EQ(profile_of("memory_per_rank: 512M\n").mebibytes_per_rank, 512);
  for (const std::string bad : {"16", "G", "-1G", "0M", "1.5G", "16GB", "16T"})
    EXPECT_EQ(profile_error("memory_per_rank: '" + bad + "'\n"),
              "p.yaml:1:1: memory_per_rank: '" + bad + "' is not an amount of memory, such as 512M or 16G");
}

TEST(Profile, EveryExtraOptionHasItsReason) {
  const auto profile = profile_of(
      "extra:\n"
      "  - {option: '--exclusive', reason: Neighbours are noisy.}\n"
      "  - {option: '--reservation=maps', reason: Ours until May., report: true}\n");
  ASSERT_EQ(profile.extra.size(), 2u);
  EXPECT_EQ(profile.extra[0].option, "--exclusive");
  EXPECT_EQ(profile.extra[0].reason, "Neighbours are noisy.");
  EXPECT_FALSE(profile.extra[0].report);
  EXPECT_TRUE(profile.extra[1].report);
  EXPECT_EQ(profile_error("extra: [{option: '--exclusive'}]\n"),
            "p.yaml:1:9: extra[0]: missing key 'reason' (why; stands above it in the script)");
  EXPECT_EQ(profile_error("extra: [{option: exclusive, reason: x}]\n"),
            "p.yaml:1:10: extra[0].option: expected an option of sbatch, as in --exclusive");
}

TEST(Profile, WhatWouldBreakAScriptIsRefused) {
  EXPECT_EQ(profile_error("partition: 'a b'\n"),
            "p.yaml:1:1: partition: 'a b' must be one word, without quotes");
  EXPECT_EQ(profile_error("account: \"a\\nb\"\n"), "p.yaml:1:1: account: must be a single line");
  EXPECT_EQ(profile_error("extra: [{option: \"--x\\n#SBATCH\", reason: y}]\n"),
            "p.yaml:1:10: extra[0].option: must be a single line");
}

TEST(Profile, TimesAndRequeues) {
  EXPECT_EQ(profile_error("time: {limit: 90}\n"), "p.yaml:1:8: time.limit: expected text, got 90");
  EXPECT_EQ(profile_error("time: {limit: '01:30'}\n"),
            "p.yaml:1:8: time.limit: '01:30' is not a time limit: HH:MM:SS or D-HH:MM:SS, a minute or more");
  EXPECT_EQ(profile_error("time: {limit: '00:05:00'}\n"),
            "p.yaml:1:1: time.least: must not be longer than time.limit");
  EXPECT_EQ(profile_error("time: {factor: 0.5}\n"), "p.yaml:1:8: time.factor: 0.5 is not in [1, 1000000]");
  EXPECT_EQ(profile_error("time: {speed: 0}\n"), "p.yaml:1:8: time.speed: 0 is not in [0.001, 1000000]");
  EXPECT_EQ(profile_error("requeue: {notice: 600}\n"),
            "p.yaml:1:11: requeue.notice: must be shorter than time.least, 00:10:00");
  EXPECT_EQ(profile_of("time: {least: '20:00:00'}\nrequeue: {notice: 65535}\n").notice, 65535);
  EXPECT_EQ(profile_error("time: {least: '20:00:00'}\nrequeue: {notice: 65536}\n"),
            "p.yaml:2:11: requeue.notice: must be at most 65535 seconds, as SLURM's --signal");
  EXPECT_EQ(profile_error("requeue: {most: -1}\n"), "p.yaml:1:11: requeue.most: must be at least 0");
  EXPECT_EQ(profile_of("requeue: {most: 0}\n").most_requeues, 0);
}

TEST(Profile, UnknownKeysHaveTheirPlace) {
  EXPECT_EQ(profile_error("nodes: 1\ntime: {limt: '01:00:00'}\n"),
            "p.yaml:2:8: time.limt: unknown key; known: limit, least, factor, speed");
  EXPECT_THAT(profile_error("nodes: 1\nwalltime: 3\n"),
              testing::StartsWith("p.yaml:2:1: walltime: unknown key; known: "));
}

TEST(Profile, ThoseOfTheProjectAreRead) {
  const char* source = std::getenv("ASSAY_SOURCE");
  ASSERT_NE(source, nullptr);
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(source) + "/configs/slurm")) {
    const ClusterProfile profile = read_profile(load_config(entry.path().string()));
    EXPECT_NE(profile.partition, "") << entry.path();
    ++files;
  }
  EXPECT_GE(files, 3);
}

}  // namespace
}  // namespace assay
