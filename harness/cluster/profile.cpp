#include "harness/cluster/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "harness/cluster/time_limit.h"

namespace assay {
namespace {

constexpr std::int64_t kLongestNotice = 65535;  // sbatch --signal counts no further

bool is_control(unsigned char c) {
  return c < 0x20 || c == 0x7f;
}

/// Text that may stand in a line of a script.
std::string line_of_script(Params& params, std::string_view key, std::string fallback, std::string_view doc) {
  std::string text = params.get<std::string>(key, std::move(fallback), doc);
  if (std::ranges::any_of(text, is_control)) params.fail(key, "must be a single line");
  return text;
}

/// The same without blanks.
std::string word_of_script(Params& params, std::string_view key, std::string_view doc,
                           std::string fallback = "") {
  std::string text = line_of_script(params, key, std::move(fallback), doc);
  if (text.find_first_of(" \"'\\") != std::string::npos)
    params.fail(key, fmt::format("'{}' must be one word, without quotes", text));
  return text;
}

std::int64_t not_negative(Params& params, std::string_view key, std::int64_t fallback, std::string_view doc) {
  const auto value = params.get<std::int64_t>(key, fallback, doc);
  if (value < 0) params.fail(key, "must be at least 0");
  return value;
}

std::int64_t duration(Params& params, std::string_view key, std::string_view fallback, std::string_view doc) {
  const auto text = params.get<std::string>(key, std::string(fallback), doc);
  const auto seconds = seconds_of_limit(text);
  if (!seconds || *seconds < 60)
    params.fail(key, fmt::format("'{}' is not a time limit: HH:MM:SS or D-HH:MM:SS, a minute or more", text));
  return *seconds;
}

/// "16G" or "512M" in MiB; 0 when it is not given.
std::int64_t memory(Params& params, std::string_view key, std::string_view doc) {
  const auto text = params.get<std::string>(key, "", doc);
  if (text.empty()) return 0;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size() - 1, number);
  const bool whole = error == std::errc() && end == text.data() + text.size() - 1;
  const bool known = text.back() == 'M' || text.back() == 'G';
  if (!whole || !known || number < 1 || number > 100'000'000)
    params.fail(key, fmt::format("'{}' is not an amount of memory, such as 512M or 16G", text));
  return text.back() == 'G' ? number * 1024 : number;
}

double above(Params& params, std::string_view key, double fallback, double least, std::string_view doc) {
  const double value = params.get<double>(key, fallback, doc);
  if (!(value >= least) || value > 1e6)
    params.fail(key, fmt::format("{} is not in [{}, 1000000]", value, least));
  return value;
}

void read_place(Params& root, ClusterProfile& profile) {
  profile.partition = word_of_script(root, "partition", "sbatch --partition");
  profile.account = word_of_script(root, "account", "sbatch --account");
  profile.qos = word_of_script(root, "qos", "sbatch --qos");
  profile.constraint =
      word_of_script(root, "constraint", "sbatch --constraint: features that nodes must have");
  profile.mpi = word_of_script(root, "mpi", "srun --mpi; 'srun --mpi=list' says what there is", "pmix");
}

void read_shape(Params& root, ClusterProfile& profile) {
  profile.nodes = positive(root, "nodes", 1, "nodes of a job");
  profile.gpus_per_node = not_negative(root, "gpus_per_node", 0, "GPUs of a node, a rank for each; 0 = CPUs");
  profile.gpu_type = word_of_script(root, "gpu_type", "which GPUs, as gres calls them");
  const std::int64_t ranks = positive(root, "ranks_per_node", 1, "of a node without GPUs");
  profile.ranks_per_node = profile.gpus_per_node > 0 ? profile.gpus_per_node : ranks;
  if (profile.gpus_per_node > 0 && root.has("ranks_per_node"))
    root.fail("ranks_per_node", "with GPUs there is one rank for each of them: leave it out");
  if (profile.gpus_per_node == 0 && !profile.gpu_type.empty())
    root.fail("gpu_type", "goes with gpus_per_node");
  profile.cpus_per_rank = positive(root, "cpus_per_rank", 1, "cores of a rank");
  profile.mebibytes_per_rank = memory(root, "memory_per_rank", "as in 16G; default: what the site gives");
}

void read_time(Params& root, ClusterProfile& profile) {
  Params time = root.child("time");
  profile.longest = duration(time, "limit", "24:00:00", "the longest that the site allows");
  profile.shortest = duration(time, "least", "00:10:00", "never ask for less");
  profile.factor = above(time, "factor", 1.5, 1, "ask for so many times the forecast");
  profile.speed = above(time, "speed", 1, 1e-3, "of a rank there, over that of one where it is submitted");
  if (profile.shortest > profile.longest) time.fail("least", "must not be longer than time.limit");
  time.finish();
}

void read_requeue(Params& root, ClusterProfile& profile) {
  Params requeue = root.child("requeue");
  profile.notice = positive(requeue, "notice", 300, "seconds before the time limit that units get to end");
  profile.most_requeues = not_negative(requeue, "most", 20, "of one job");
  if (profile.notice < 4) requeue.fail("notice", "must be at least 4 seconds");
  if (profile.notice > kLongestNotice)
    requeue.fail("notice", fmt::format("must be at most {} seconds, as SLURM's --signal", kLongestNotice));
  if (profile.notice >= profile.shortest)
    requeue.fail("notice", fmt::format("must be shorter than time.least, {}", limit_text(profile.shortest)));
  requeue.finish();
}

void read_extra(Params& root, ClusterProfile& profile) {
  for (Params& entry : root.children("extra")) {
    ExtraOption option;
    option.option = line_of_script(entry, "option", "", "a whole option of sbatch, as in --exclusive");
    option.reason = line_of_script(entry, "reason", "", "why; stands above it in the script");
    option.report = entry.get("report", false, "of the report job too");
    if (!option.option.starts_with("--"))
      entry.fail("option", "expected an option of sbatch, as in --exclusive");
    if (option.reason.empty()) entry.fail("", "missing key 'reason' (why; stands above it in the script)");
    entry.finish();
    profile.extra.push_back(option);
  }
}

void read_report(Params& root, ClusterProfile& profile) {
  Params report = root.child("report");
  profile.report.partition = word_of_script(report, "partition", "default: the job's");
  profile.report.seconds = duration(report, "time", "00:30:00", "time limit");
  profile.report.mebibytes = memory(report, "memory", "as in 2G; default: what the site gives");
  report.finish();
}

}  // namespace

std::int64_t ClusterProfile::patience() const {
  return notice - std::clamp<std::int64_t>(notice / 4, 1, 30);
}

ClusterProfile read_profile(const Config& config) {
  Params root = config.params();
  ClusterProfile profile;
  profile.file = config.file;
  read_place(root, profile);
  read_shape(root, profile);
  read_time(root, profile);
  read_requeue(root, profile);
  profile.at_once = positive(root, "array_at_once", 8, "tasks of a sweep that run at the same time");
  profile.setup = root.get<std::vector<std::string>>("setup", {}, "shell lines before the program");
  read_extra(root, profile);
  read_report(root, profile);
  root.finish();
  return profile;
}

}  // namespace assay
