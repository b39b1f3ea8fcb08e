#include "harness/run/interruption.h"

#include <signal.h>

#include <array>
#include <atomic>
#include <cstddef>

namespace assay {
namespace {

struct StopSignal {
  int number;
  std::string_view name;
};
constexpr std::array<StopSignal, 3> kStopSignals{
    {{SIGTERM, "SIGTERM"}, {SIGUSR1, "SIGUSR1"}, {SIGINT, "SIGINT"}}};

std::atomic<int> first_signal{0};
static_assert(std::atomic<int>::is_always_lock_free, "set by a signal handler");
std::array<struct sigaction, kStopSignals.size()> earlier_actions;

void note_signal(int number) {
  int none = 0;
  first_signal.compare_exchange_strong(none, number);
}

}  // namespace

Interruption::Interruption() {
  first_signal = 0;
  for (std::size_t i = 0; i < kStopSignals.size(); ++i) {
    struct sigaction action {};
    action.sa_handler = note_signal;
    action.sa_flags = SA_RESTART;
    if (kStopSignals[i].number == SIGINT) action.sa_flags |= static_cast<int>(SA_RESETHAND);
    sigemptyset(&action.sa_mask);
    sigaction(kStopSignals[i].number, &action, &earlier_actions[i]);
  }
}

Interruption::~Interruption() {
  for (std::size_t i = 0; i < kStopSignals.size(); ++i)
    sigaction(kStopSignals[i].number, &earlier_actions[i], nullptr);
}

bool Interruption::requested() const {
  return first_signal != 0;
}

std::string_view Interruption::name() const {
  for (const StopSignal& signal : kStopSignals)
    if (signal.number == first_signal) return signal.name;
  return {};
}

}  // namespace assay
