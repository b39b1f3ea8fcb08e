#include "harness/run/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace assay {
namespace {

constexpr double kSilence = 2;          // s
constexpr double kTerminalPause = 0.2;  // s
constexpr double kPlainPause = 10;      // s

std::string rate_of(double rate) {
  return rate >= 1 || rate == 0 ? fmt::format("{:.1f}/s", rate) : fmt::format("{:.1f}/min", 60 * rate);
}

}  // namespace

std::string readable_duration(double seconds) {
  if (!std::isfinite(seconds)) return "?";
  const auto whole = static_cast<long long>(std::llround(std::max(0.0, seconds)));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
}

Progress::Progress(std::string what, double total_price, std::size_t total, std::FILE* out, Clock clock)
    : what_(std::move(what)),
      total_price_(total_price),
      total_(total),
      out_(out),
      terminal_(isatty(fileno(out)) == 1),
      clock_(std::move(clock)),
      start_(clock_()),
      last_(start_) {}

double Progress::seconds_since(Time time) const {
  return std::chrono::duration<double>(clock_() - time).count();
}

std::string Progress::line(double elapsed) const {
  const double share = total_price_ > 0 ? std::min(1.0, done_price_ / total_price_) : 1;
  const double left = share > 0 ? elapsed * (1 - share) / share : NAN;
  return fmt::format("{}: {} / {} ({:.0f} %), {}, {} left", what_, done_, total_, std::floor(100 * share),
                     rate_of(elapsed > 0 ? static_cast<double>(done_) / elapsed : 0),
                     readable_duration(left));
}

void Progress::print(const std::string& text) {
  fmt::print(out_, "{}{}{}", terminal_ ? "\r" : "", text, terminal_ ? "\033[K" : "\n");
  std::fflush(out_);
}

void Progress::add(double price) {
  ++done_;
  done_price_ += price;
  const double elapsed = seconds_since(start_);
  if (elapsed < kSilence || done_ == total_) return;
  if (seconds_since(last_) < (terminal_ ? kTerminalPause : kPlainPause)) return;
  last_ = clock_();
  print(line(elapsed));
}

void Progress::finish() {
  const double elapsed = seconds_since(start_);
  if (elapsed < kSilence) return;
  print(fmt::format("{}: {} / {} in {}", what_, done_, total_, readable_duration(elapsed)));
  if (terminal_) fmt::print(out_, "\n");
  std::fflush(out_);
}

void Progress::stop(std::string_view cause) {
  print(fmt::format("{}: {} / {} in {}, stopped by {}", what_, done_, total_,
                    readable_duration(seconds_since(start_)), cause));
  if (terminal_) fmt::print(out_, "\n");
  std::fflush(out_);
}

}  // namespace assay
