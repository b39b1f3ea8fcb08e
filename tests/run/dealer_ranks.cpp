// What dealer_test.cpp starts under mpirun: deals UNITS units and writes down who did what.
//   dealer_ranks FOLDER UNITS MODE    MODE: quick | slow-zero | long-zero | throw-R | stop-R | idle | null
// Each rank writes FOLDER/rank-R.txt: "announce U", "work U", on rank 0 "finished U", at the end "all done"
// or "some left", "cpu SECONDS", "took SECONDS". In mode null units take no time and nothing is written about
// them. In mode stop-R rank R is told to stop while it works on its second unit.
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "harness/core/error.h"
#include "harness/run/dealer.h"

namespace {

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

/// Milliseconds that a unit takes; `worked`: how many the rank has begun, with this one.
int duration(const std::string& mode, int rank, int worked) {
  if (mode == "long-zero" && worked == 1) return rank == 0 ? 10'000 : 1000;
  if (mode == "long-zero") return rank == 0 ? 5 : 1000;
  if (mode == "idle") return rank == 0 ? 0 : 2000;
  return mode == "slow-zero" && rank == 0 ? 100 : 5;
}

void check_collectives(const assay::Ranks& ranks) {
  const std::string text(100000, 'x');
  if (ranks.broadcast(ranks.rank() == 0 ? text : "") != text) ranks.abort("broadcast lost the text");
  if (!ranks.broadcast("").empty()) ranks.abort("broadcast lost the empty text");
  if (ranks.sum(ranks.rank() + 1) != ranks.size() * (ranks.size() + 1) / 2) ranks.abort("wrong sum");
  if (ranks.node() != 0) ranks.abort("another first rank of the node");
  const std::vector<std::string> texts =
      ranks.gather(std::string(static_cast<std::size_t>(ranks.rank()), 'r'));
  for (std::size_t r = 0; r < texts.size(); ++r)
    if (texts[r] != std::string(r, 'r')) ranks.abort("gather mixed up the texts");
  if (static_cast<int>(texts.size()) != ranks.size()) ranks.abort("gather lost a rank");
  ranks.barrier();
}

}  // namespace

int main(int, char** argv) {
  const std::string folder = argv[1], mode = argv[3];
  const auto units = static_cast<std::size_t>(std::stoi(argv[2]));
  const assay::Ranks ranks;
  check_collectives(ranks);
  std::ofstream trace(folder + "/rank-" + std::to_string(ranks.rank()) + ".txt");
  std::mutex mutex;
  const auto note = [&](const char* what, std::size_t unit) {
    if (mode == "null") return;
    const std::lock_guard lock(mutex);
    trace << what << ' ' << unit << std::endl;
  };
  std::vector<double> prices;
  for (std::size_t u = 0; u < units; ++u) prices.push_back(static_cast<double>(u * 7 % 5));
  const std::string thrower = "throw-" + std::to_string(ranks.rank());
  const std::string stopper = "stop-" + std::to_string(ranks.rank());
  int worked = 0;
  ranks.barrier();
  const double before = cpu_seconds();
  const auto start = std::chrono::steady_clock::now();
  const assay::Worker worker{
      .announce = [&](std::size_t unit) { note("announce", unit); },
      .work =
          [&](std::size_t unit) {
            note("work", unit);
            if (++worked == 2 && mode == thrower) throw assay::DataError("disk: No space left on device");
            if (mode != "null")
              std::this_thread::sleep_for(std::chrono::milliseconds(duration(mode, ranks.rank(), worked)));
          },
      .stop = [&] { return mode == stopper && worked >= 2; }};
  const bool all = assay::deal(ranks, prices, worker, [&](std::size_t unit) { note("finished", unit); });
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  trace << (all ? "all done" : "some left") << std::endl;
  ranks.barrier();
  trace << "cpu " << cpu_seconds() - before << "\ntook " << took.count() << std::endl;
}
