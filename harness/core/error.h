#pragma once

#include <stdexcept>
#include <string>

namespace assay {

/// Anything a user can cause. The message is one line: what, where, and what to do.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A mistake in a configuration or on the command line: exit status 2, before anything is computed.
class ConfigError : public Error {
 public:
  using Error::Error;
};

/// A missing, damaged or unsuitable file: a recorded status where the run can go on, exit status 1 otherwise.
class DataError : public Error {
 public:
  using Error::Error;
};

/// Prints the broken condition with its place and aborts. For bugs only; what a user can cause throws.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace assay

#define ASSAY_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::assay::assertion_failed(#condition, __FILE__, __LINE__))
