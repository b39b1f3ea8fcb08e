#include "harness/run/dealer.h"

#include <fmt/format.h>
#define OMPI_SKIP_MPICXX 1  // the C++ bindings that MPI dropped need another library
#include <mpi.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "harness/core/error.h"
#include "harness/run/deck.h"

namespace assay {
namespace {

/// Looks some times in a row, for answers that are on their way; then sleeps between two looks, longer as
/// nothing comes: Open MPI's blocking calls spin on a core.
class Patience {
 public:
  void wait() {
    if (looks_ < kLooks) {
      ++looks_;
      std::this_thread::yield();
      return;
    }
    std::this_thread::sleep_for(pause_);
    pause_ = std::min(2 * pause_, std::chrono::microseconds(2000));
  }
  void reset() { *this = {}; }

 private:
  static constexpr int kLooks = 50;  // some 20 us
  int looks_ = 0;
  std::chrono::microseconds pause_{200};
};

void wait_for(MPI_Request request) {
  Patience patience;
  for (int done = 0;;) {
    MPI_Test(&request, &done, MPI_STATUS_IGNORE);
    if (done) return;
    patience.wait();
  }
}

int number_in(const char* variable) {
  const char* text = std::getenv(variable);
  return text ? std::atoi(text) : 0;
}

void refuse_singletons(int size) {
  const int tasks = number_in("SLURM_STEP_NUM_TASKS");
  if (size > 1 || tasks <= 1 || std::getenv("OMPI_COMM_WORLD_SIZE")) return;
  throw ConfigError(
      fmt::format("srun started {} tasks, but each is an MPI world of its own; start them with "
                  "'srun --mpi=pmix' or with mpirun",
                  tasks));
}

int local_rank_now() {
  MPI_Comm node;
  MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node);
  int rank = 0;
  MPI_Comm_rank(node, &rank);
  MPI_Comm_free(&node);
  return rank;
}

constexpr int kAskTag = 1, kAnswerTag = 2;
constexpr std::int64_t kNothing = -1, kStop = -2;
/// What a rank tells the dealer: the unit it has finished, whether it asks ahead of its present one, whether
/// it was told to stop.
using Ask = std::array<std::int64_t, 3>;

/// What a rank is told: a unit, that there is none, or that it shall stop.
struct Offer {
  std::optional<std::size_t> unit;
  bool stop = false;
};

Offer offer_of(Deck& deck, int rank, bool ahead, bool told) {
  if (told) deck.close();
  if (deck.closed()) return {.unit = {}, .stop = true};
  return {.unit = deck.take(rank, ahead)};
}

bool is_told(const Worker& worker) {
  return worker.stop && worker.stop();
}

/// Rank 0's side: answers the others and keeps count.
class Dealer {
 public:
  Dealer(Deck& deck, int ranks, const std::function<void(std::size_t)>& finished)
      : deck_(deck), busy_(ranks - 1), finished_(finished) {}

  /// From the working thread of rank 0.
  void finish_here(std::size_t unit) {
    const std::lock_guard lock(mutex_);
    finished_here_.push_back(unit);
  }
  void close_here() {
    const std::lock_guard lock(mutex_);
    open_here_ = false;
  }

  /// Until every other rank has been told that nothing is left for it and the own one has closed.
  void serve() {
    for (Patience patience; busy_ > 0 || is_open_here();) {
      const bool answered = answer(), counted = count_here();
      if (answered || counted)
        patience.reset();
      else
        patience.wait();
    }
    count_here();
  }

 private:
  bool is_open_here() {
    const std::lock_guard lock(mutex_);
    return open_here_;
  }

  bool count_here() {
    std::vector<std::size_t> units;
    {
      const std::lock_guard lock(mutex_);
      units.swap(finished_here_);
    }
    for (const std::size_t unit : units) finished_(unit);
    return !units.empty();
  }

  bool answer() {
    int there = 0;
    MPI_Message message;
    MPI_Status status;
    MPI_Improbe(MPI_ANY_SOURCE, kAskTag, MPI_COMM_WORLD, &there, &message, &status);
    if (!there) return false;
    Ask ask;
    MPI_Mrecv(ask.data(), static_cast<int>(ask.size()), MPI_INT64_T, &message, MPI_STATUS_IGNORE);
    const bool ahead = ask[1] != 0;
    const Offer offer = offer_of(deck_, status.MPI_SOURCE, ahead, ask[2] != 0);
    const std::int64_t none = offer.stop ? kStop : kNothing;
    const std::int64_t answer = offer.unit ? static_cast<std::int64_t>(*offer.unit) : none;
    MPI_Send(&answer, 1, MPI_INT64_T, status.MPI_SOURCE, kAnswerTag, MPI_COMM_WORLD);
    if (offer.stop || (!offer.unit && !ahead)) --busy_;
    if (ask[0] != kNothing) finished_(static_cast<std::size_t>(ask[0]));
    return true;
  }

  Deck& deck_;
  int busy_;
  const std::function<void(std::size_t)>& finished_;
  std::mutex mutex_;
  std::vector<std::size_t> finished_here_;
  bool open_here_ = true;
};

using Take = std::function<Offer(std::optional<std::size_t> finished, bool ahead)>;

/// Works until nothing is left or it shall stop, one unit ahead.
void work_off(const Worker& worker, const Take& take) {
  bool stop = false;
  const auto next = [&](std::optional<std::size_t> finished, bool ahead) {
    const Offer offer = take(finished, ahead);
    stop = offer.stop;
    if (offer.unit) worker.announce(*offer.unit);
    return offer.unit;
  };
  std::optional<std::size_t> done, unit = next({}, false);
  while (unit) {
    const auto held = next(std::exchange(done, {}), true);
    if (stop) return;
    worker.work(*unit);
    done = std::exchange(unit, held);
    if (!unit) unit = next(std::exchange(done, {}), false);
  }
}

/// Asks rank 0.
Offer ask(std::optional<std::size_t> finished, bool ahead, bool told) {
  const Ask ask{finished ? static_cast<std::int64_t>(*finished) : kNothing, ahead, told};
  std::int64_t answer = kNothing;
  MPI_Request request;
  MPI_Irecv(&answer, 1, MPI_INT64_T, 0, kAnswerTag, MPI_COMM_WORLD, &request);
  MPI_Send(ask.data(), static_cast<int>(ask.size()), MPI_INT64_T, 0, kAskTag, MPI_COMM_WORLD);
  wait_for(request);
  if (answer < 0) return {.unit = {}, .stop = answer == kStop};
  return {.unit = static_cast<std::size_t>(answer)};
}

void deal_alone(Deck& deck, const Worker& worker, const std::function<void(std::size_t)>& finished) {
  work_off(worker, [&](std::optional<std::size_t> done, bool ahead) {
    if (done) finished(*done);
    return offer_of(deck, 0, ahead, is_told(worker));
  });
}

void deal_from_here(const Ranks& ranks, Deck& deck, const Worker& worker,
                    const std::function<void(std::size_t)>& finished) {
  Dealer dealer(deck, ranks.size(), finished);
  std::thread thread([&] {
    try {
      dealer.serve();
    } catch (const std::exception& error) {
      ranks.abort(error.what());
    }
  });
  try {
    work_off(worker, [&](std::optional<std::size_t> done, bool ahead) {
      if (done) dealer.finish_here(*done);
      return offer_of(deck, 0, ahead, is_told(worker));
    });
  } catch (const std::exception& error) {
    ranks.abort(error.what());
  }
  dealer.close_here();
  thread.join();
}

void work_for_dealer(const Ranks& ranks, const Worker& worker) {
  try {
    work_off(worker, [&](std::optional<std::size_t> finished, bool ahead) {
      return ask(finished, ahead, is_told(worker));
    });
  } catch (const std::exception& error) {
    ranks.abort(error.what());
  }
}

}  // namespace

Ranks::Ranks() {
  if (!std::getenv(
          "OMPI_COMM_WORLD_SIZE")) {  // without a launcher: start no daemon, and do not bind to core 0
    setenv("OMPI_MCA_ess_singleton_isolated", "1", 0);
    setenv("OMPI_MCA_hwloc_base_binding_policy", "none", 0);
  }
  int provided = MPI_THREAD_SINGLE, size = 1;
  MPI_Init_thread(nullptr, nullptr, MPI_THREAD_MULTIPLE, &provided);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  try {
    if (provided < MPI_THREAD_MULTIPLE)
      throw Error(
          "this MPI library does not provide MPI_THREAD_MULTIPLE; use one that does (Open MPI of the "
          "distribution)");
    refuse_singletons(size);
  } catch (...) {
    MPI_Finalize();
    throw;
  }
  local_rank_ = local_rank_now();
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

bool deal(const Ranks& ranks, std::span<const double> prices, const Worker& worker,
          const std::function<void(std::size_t unit)>& finished) {
  std::size_t done = 0;
  const std::function<void(std::size_t)> counted = [&](std::size_t unit) {
    ++done;
    finished(unit);
  };
  Deck deck(prices, ranks.size());
  if (ranks.size() == 1)
    deal_alone(deck, worker, counted);
  else if (ranks.rank() == 0)
    deal_from_here(ranks, deck, worker, counted);
  else
    work_for_dealer(ranks, worker);
  const bool left = ranks.rank() == 0 && done < prices.size();
  return ranks.sum(left ? 1 : 0) == 0;
}

}  // namespace assay
