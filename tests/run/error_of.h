#pragma once

#include <string>

#include "harness/core/error.h"

namespace assay::test {

/// The message of the ConfigError that `action` throws, or "nothing was thrown".
template <class F>
std::string error_of(const F& action) {
  try {
    action();
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

}  // namespace assay::test
