// Where the time of the Table 1 work goes: the network's layers and what prepares them are scopes of
// LibTorch's profiler (RECORD_USER_SCOPE).
#include <ATen/record_function.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>

#include "bench/commands.h"
#include "bench/table1.h"
#include "harness/network/load.h"

namespace assay::bench {
namespace {

using Clock = std::chrono::steady_clock;

/// Seconds by scope, without those of the scopes inside.
class Profile {
 public:
  void enter(const char* name) {
    pause();
    stack_.push_back(name);
  }
  void leave() {
    pause();
    stack_.pop_back();
  }
  std::map<std::string, double> seconds;
  std::int64_t scopes = 0;

 private:
  /// Bills the time since the last event to the innermost scope.
  void pause() {
    const Clock::time_point now = Clock::now();
    if (!stack_.empty()) seconds[stack_.back()] += std::chrono::duration<double>(now - last_).count();
    last_ = now;
    ++scopes;
  }
  std::vector<const char*> stack_;
  Clock::time_point last_;
};

Profile& profile() {
  static Profile profile;
  return profile;
}

std::unique_ptr<at::ObserverContext> on_enter(const at::RecordFunction& scope) {
  profile().enter(scope.name());
  return nullptr;
}

void on_leave(const at::RecordFunction&, at::ObserverContext*) {
  profile().leave();
}

/// The rows of the table, in its order.
const std::pair<const char*, std::vector<std::string>> kRows[] = {
    {"convolution", {"conv"}},
    {"linear", {"linear"}},
    {"pooling", {"max_pool", "avg_pool", "global_avg_pool", "global_max_pool"}},
    {"activation", {"relu", "relu6", "leaky_relu", "softmax"}},
    {"LRN, batch norm", {"lrn", "batch_norm"}},
    {"add, concat, other layers",
     {"add", "concat", "flatten", "dropout", "broadcast_like", "pad_channels", "opaque"}},
    {"cut", {"cut"}},
    {"write squares", {"write"}},
    {"hybrids", {"hybrids"}},
    {"normalise", {"normalise"}},
    {"dilation", {"dilate"}},
    {"hash of masks", {"hash"}},
};
constexpr std::size_t kInside = 4;  // rows that count as the network's own operators

double total_of(const Table1Work& work) {
  return work.occlusion_seconds + work.growth_seconds;
}

void print_shares(const std::map<std::string, double>& seconds, double total) {
  fmt::print("| | s | % |\n|---|---|---|\n");
  const auto row = [&](const char* name, double value) {
    fmt::print("| {} | {:.3f} | {:.1f} |\n", name, value, 100 * value / total);
  };
  double known = 0, inside = 0;
  for (std::size_t i = 0; i < std::size(kRows); ++i) {
    double sum = 0;
    for (const std::string& scope : kRows[i].second)
      if (const auto found = seconds.find(scope); found != seconds.end()) sum += found->second;
    row(kRows[i].first, sum);
    known += sum;
    if (i < kInside) inside += sum;
  }
  row("outside all scopes", total - known);
  row("outside convolution, linear, pooling, activation", total - inside);
}

struct ProfileOptions {
  std::string folder;
  int batch = 32;
};

void profile_work(const ProfileOptions& options) {
  const Prepared prepared = read_prepared(options.folder);
  const Network network = load_network(options.folder + "/network");
  do_table1(network, prepared, options.batch);
  const double plain = total_of(do_table1(network, prepared, options.batch));
  const auto handle = at::addGlobalCallback(
      at::RecordFunctionCallback(on_enter, on_leave).scopes({at::RecordScope::USER_SCOPE}));
  const double total = total_of(do_table1(network, prepared, options.batch));
  at::removeCallback(handle);
  print_shares(profile().seconds, total);
  fmt::print("\n{:.3f} s with the profiler ({} scopes), {:.3f} s without: {:+.1f} %\n", total,
             profile().scopes / 2, plain, 100 * (total / plain - 1));
}

}  // namespace

void add_profile(CLI::App& program) {
  auto options = std::make_shared<ProfileOptions>();
  CLI::App* command =
      program.add_subcommand("profile", "print where its time goes, by kind of layer; one thread");
  command->add_option("folder", options->folder, "what prepare wrote")->required();
  command->add_option("--batch", options->batch, "images of one forward")->capture_default_str();
  command->callback([options] { profile_work(*options); });
}

}  // namespace assay::bench
