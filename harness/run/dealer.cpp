#include "harness/run/dealer.h"

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
#include "harness/run/mpi_wait.h"

namespace assay {
namespace {

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
