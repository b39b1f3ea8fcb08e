#pragma once

#include <chrono>
#include <cstdio>
#include <string>

namespace assay {

/// One line: done / total, rate, time left, weighted by price. On a terminal it rewrites itself; elsewhere it prints plain
/// lines, at most one every ten seconds. Silent for work shorter than two seconds.
class Progress {
 public:
  Progress(std::string what, double total_price, std::size_t total, std::FILE* out = stderr);
  void add(double price);
  void finish();

 private:
  std::string line() const;
  std::string what_;
  double total_price_, done_price_ = 0;
  std::size_t total_, done_ = 0;
  std::FILE* out_;
  bool terminal_;
  std::chrono::steady_clock::time_point start_, last_;
};

/// "1 h 02 min", "3 min 20 s", "12 s".
std::string readable_duration(double seconds);

}  // namespace assay
