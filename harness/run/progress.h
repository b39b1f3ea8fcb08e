#pragma once

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>

namespace assay {

/// One line: done / total, rate, time left, weighted by price. On a terminal it rewrites itself, at most five
/// times a second; elsewhere it prints plain lines, at most one every ten seconds. Silent for work shorter
/// than two seconds.
class Progress {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Clock = std::function<Time()>;

  Progress(std::string what, double total_price, std::size_t total, std::FILE* out = stderr,
           Clock clock = std::chrono::steady_clock::now);
  /// One more is done.
  void add(double price);
  /// The last line, with the time that all took.
  void finish();
  /// The last line of work that something ended before all was done; never silent.
  void stop(std::string_view cause);

 private:
  std::string line(double elapsed) const;
  void print(const std::string& text);
  double seconds_since(Time time) const;

  std::string what_;
  double total_price_, done_price_ = 0;
  std::size_t total_, done_ = 0;
  std::FILE* out_;
  bool terminal_;
  Clock clock_;
  Time start_, last_;
};

/// "1 h 02 min", "3 min 20 s", "12 s".
std::string readable_duration(double seconds);

}  // namespace assay
