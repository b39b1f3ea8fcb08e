#include "harness/run/ranks.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <numeric>
#include <optional>

#include "harness/core/error.h"
#include "harness/run/launch.h"
#include "harness/run/mpi_wait.h"

namespace assay {
namespace {

/// Of several that srun started, only the first says why.
void refuse(const Launch& launch) {
  const std::string mistake = launch_mistake(launch);
  if (!mistake.empty()) throw ConfigError(launch.first ? mistake : "");
}

/// Takes a variable away for a while.
class Hidden {
 public:
  explicit Hidden(const char* variable) : variable_(variable) {
    if (const char* value = std::getenv(variable)) value_ = value;
    unsetenv(variable);
  }
  ~Hidden() {
    if (value_) setenv(variable_, value_->c_str(), 1);
  }
  Hidden(const Hidden&) = delete;
  Hidden& operator=(const Hidden&) = delete;

 private:
  const char* variable_;
  std::optional<std::string> value_;
};

/// Without a launcher: starts no daemon and does not bind to core 0. In a step of one task without PMIx, Open
/// MPI would insist on it if it knew of the step or of the nodes of the job.
int start_mpi(const Launch& launch) {
  if (!launch.mpirun) {
    setenv("OMPI_MCA_ess_singleton_isolated", "1", 0);
    setenv("OMPI_MCA_hwloc_base_binding_policy", "none", 0);
  }
  std::optional<Hidden> step, nodes;
  if (!launch.mpirun && !launch.pmix && !launch.pmi) {
    step.emplace("SLURM_STEPID");
    nodes.emplace("SLURM_NODELIST");
  }
  int provided = MPI_THREAD_SINGLE;
  MPI_Init_thread(nullptr, nullptr, MPI_THREAD_MULTIPLE, &provided);
  return provided;
}

/// The rank in the world of the first rank of this node.
int first_of_node() {
  MPI_Comm node;
  MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node);
  int first = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &first);
  MPI_Bcast(&first, 1, MPI_INT, 0, node);
  MPI_Comm_free(&node);
  return first;
}

}  // namespace

Ranks::Ranks() {
  Launch launch = launch_here();
  refuse(launch);
  const int provided = start_mpi(launch);
  MPI_Comm_size(MPI_COMM_WORLD, &launch.size);
  try {
    if (provided < MPI_THREAD_MULTIPLE)
      throw Error(
          "this MPI library does not provide MPI_THREAD_MULTIPLE; use one that does (Open MPI of the "
          "distribution)");
    refuse(launch);
  } catch (...) {
    MPI_Finalize();
    throw;
  }
  node_ = first_of_node();
}

Ranks::~Ranks() {
  if (std::uncaught_exceptions() > 0 && size() > 1) MPI_Abort(MPI_COMM_WORLD, 1);
  MPI_Finalize();
}

int Ranks::rank() const {
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  return rank;
}

int Ranks::size() const {
  int size = 1;
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  return size;
}

void Ranks::barrier() const {
  MPI_Request request;
  MPI_Ibarrier(MPI_COMM_WORLD, &request);
  wait_for(request);
}

std::string Ranks::broadcast(std::string text) const {
  constexpr std::uint64_t kPiece = 1 << 30;  // MPI counts in int
  std::uint64_t size = text.size();
  MPI_Request request;
  MPI_Ibcast(&size, 1, MPI_UINT64_T, 0, MPI_COMM_WORLD, &request);
  wait_for(request);
  text.resize(size);
  for (std::uint64_t sent = 0; sent < size; sent += kPiece) {
    MPI_Ibcast(text.data() + sent, static_cast<int>(std::min(kPiece, size - sent)), MPI_CHAR, 0,
               MPI_COMM_WORLD, &request);
    wait_for(request);
  }
  return text;
}

std::vector<std::string> Ranks::gather(const std::string& text) const {
  const auto count = static_cast<std::size_t>(size());
  const int own = static_cast<int>(text.size());
  std::vector<int> sizes(count), starts(count);
  MPI_Request request;
  MPI_Iallgather(&own, 1, MPI_INT, sizes.data(), 1, MPI_INT, MPI_COMM_WORLD, &request);
  wait_for(request);
  std::exclusive_scan(sizes.begin(), sizes.end(), starts.begin(), 0);
  std::string all(static_cast<std::size_t>(starts.back()) + static_cast<std::size_t>(sizes.back()), '\0');
  MPI_Iallgatherv(text.data(), own, MPI_CHAR, all.data(), sizes.data(), starts.data(), MPI_CHAR,
                  MPI_COMM_WORLD, &request);
  wait_for(request);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i)
    texts.push_back(all.substr(static_cast<std::size_t>(starts[i]), static_cast<std::size_t>(sizes[i])));
  return texts;
}

long long Ranks::sum(long long value) const {
  long long total = 0;
  MPI_Request request;
  MPI_Iallreduce(&value, &total, 1, MPI_LONG_LONG, MPI_SUM, MPI_COMM_WORLD, &request);
  wait_for(request);
  return total;
}

void Ranks::abort(const std::string& message) const {
  fmt::print(stderr, "assay: rank {}: {}\n", rank(), message);
  std::fflush(stderr);
  MPI_Abort(MPI_COMM_WORLD, 1);
  std::abort();
}

std::string mpi_library() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  MPI_Get_library_version(text.data(), &length);
  const std::string version(text.data(), static_cast<std::size_t>(length));
  return version.substr(0, version.find_first_of(",\n"));
}

}  // namespace assay
