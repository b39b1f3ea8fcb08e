#pragma once

#include <string_view>

namespace assay {

/// While one lives, SIGTERM, SIGUSR1 and SIGINT do not end the process: they ask it to stop in good order. A
/// second SIGINT ends it as usual. One at a time; afterwards the signals do what they did before.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;
  /// Safe to ask from any thread.
  bool requested() const;
  /// Of the first signal, such as "SIGUSR1"; empty before.
  std::string_view name() const;
};

}  // namespace assay
