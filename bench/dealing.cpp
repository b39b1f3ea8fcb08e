// What a question to the dealer costs.
//   mpicxx -std=c++20 -O2 -I. bench/dealing.cpp harness/run/dealer.cpp harness/run/deck.cpp -lfmt -o dealing
//   mpirun -n RANKS dealing UNITS MILLISECONDS        every unit keeps its core busy for so long
//   mpirun -n RANKS dealing UNITS MILLISECONDS rush   only rank 0 works on a unit, asleep; the others do
//   nothing but ask
// Prints for each rank but 0 how long it asked between two units, and how many units were dealt in a second.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "harness/run/dealer.h"

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

void keep_busy(Seconds time) {
  for (const auto start = Clock::now(); Clock::now() - start < time;) {
  }
}

void print_questions(int rank, std::vector<double> questions) {
  std::ranges::sort(questions);
  double sum = 0;
  for (const double question : questions) sum += question;
  const auto at = [&](std::size_t percent) {
    return 1000 * questions[percent * (questions.size() - 1) / 100];
  };
  fmt::print("rank {}: {} questions, mean {:.3f} ms, median {:.3f}, 95 % below {:.3f}\n", rank,
             questions.size(), 1000 * sum / static_cast<double>(questions.size()), at(50), at(95));
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3 || std::stoi(arguments[1]) < 3) {
    fmt::print(stderr, "usage: mpirun -n RANKS dealing UNITS MILLISECONDS [rush], 3 units or more\n");
    return 2;
  }
  const std::vector<double> prices(std::stoul(arguments[1]), 1.0);
  const Seconds unit_time = std::chrono::duration<double, std::milli>(std::stod(arguments[2]));
  const bool rush = count > 3;
  const assay::Ranks ranks;
  std::vector<double> questions;
  std::optional<Clock::time_point> last_end;
  const auto work = [&](std::size_t) {
    if (last_end) questions.push_back(Seconds(Clock::now() - *last_end).count());
    if (!rush) keep_busy(unit_time);
    if (rush && ranks.rank() == 0) std::this_thread::sleep_for(unit_time);
    last_end = Clock::now();
  };
  std::size_t finished = 0;
  Seconds most{};  // until all were done but those that rank 0 may hold
  ranks.barrier();
  const auto start = Clock::now();
  assay::deal(ranks, prices, {[](std::size_t) {}, work}, [&](std::size_t) {
    if (++finished == prices.size() - 2) most = Clock::now() - start;
  });
  if (ranks.rank() > 0 && !questions.empty()) print_questions(ranks.rank(), questions);
  if (ranks.rank() == 0)
    fmt::print("{} ranks: {:.0f} units a second\n", ranks.size(),
               static_cast<double>(prices.size() - 2) / most.count());
}
