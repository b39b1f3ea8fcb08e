#include <fmt/format.h>
#include <sched.h>

#include <algorithm>

#include "harness/cluster/doctor.h"
#include "harness/cluster/rank_groups.h"
#include "harness/core/statistics.h"
#include "harness/run/blas.h"

namespace assay {
namespace {

struct BlasFacts {
  std::string library;
  double gflops = 0;  // a thread, while all ranks measure
  int threads = 1;
  int cores = 1;  // that this process may use
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(BlasFacts, library, gflops, threads, cores)

const std::string kBlas = "BLAS";
constexpr double kHopeless = 5;     // GFLOP/s a thread: the reference BLAS
constexpr double kStraggler = 0.5;  // of the median of the ranks

int usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

std::vector<int> ranks_where(const std::vector<BlasFacts>& ranks, const auto& is_so) {
  std::vector<int> found;
  for (std::size_t rank = 0; rank < ranks.size(); ++rank)
    if (is_so(ranks[rank])) found.push_back(static_cast<int>(rank));
  return found;
}

std::vector<Finding> judge_cores(const std::vector<BlasFacts>& ranks, double median) {
  const auto short_of = ranks_where(ranks, [](const BlasFacts& f) { return f.cores < f.threads; });
  if (!short_of.empty())
    return {{Health::warn, kBlas,
             fmt::format("{}: fewer cores than numerics.threads ({})", ranks_text(short_of),
                         ranks.front().threads),
             "ask for --cpus-per-task, or set numerics.threads: 1"}};
  const auto slow = ranks_where(ranks, [&](const BlasFacts& f) { return f.gflops < kStraggler * median; });
  if (!slow.empty())
    return {{Health::warn, kBlas,
             fmt::format("{}: less than half as fast as the others ({:.0f} GFLOP/s a thread)",
                         ranks_text(slow), median),
             "give every rank cores of its own (--cpus-per-task, srun --cpu-bind=cores), and look who else "
             "computes there"}};
  return {};
}

}  // namespace

Json look_at_blas(const Patient&) {
  const BlasSpeed speed = measure_blas();
  return BlasFacts{speed.library, speed.gflops_a_thread, speed.threads, usable_cores()};
}

std::vector<Finding> judge_blas(const std::vector<Json>& all) {
  const auto ranks = facts_as<BlasFacts>(all);
  std::vector<std::string> libraries;
  std::vector<double> speeds;
  for (const BlasFacts& facts : ranks) {
    libraries.push_back(facts.library);
    speeds.push_back(facts.gflops);
  }
  const auto groups = groups_of(libraries);
  if (groups.size() > 1)
    return {{Health::fail, kBlas,
             "ranks multiply with different libraries, whose bits differ: " + groups_text(groups),
             "install the same on every node"}};
  const double median = median_of(speeds);
  const BlasSpeed typical{libraries.front(), median, ranks.front().threads};
  if (const std::string complaint = typical.complaint(); !complaint.empty())
    return {finding_of(median < kHopeless ? Health::fail : Health::warn, kBlas, complaint)};
  const auto findings = judge_cores(ranks, median);
  if (!findings.empty()) return findings;
  return {{Health::ok, kBlas,
           fmt::format("{:.0f} GFLOP/s a thread, {} thread{} a rank ({})", median, typical.threads,
                       typical.threads == 1 ? "" : "s", typical.library)}};
}

}  // namespace assay
