#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "methods/method.h"

namespace assay::test {

/// A method by its name in a configuration; unknown keys throw.
inline std::unique_ptr<Method> make(const std::string& name, const Json& settings = Json::object()) {
  Params params(settings);
  auto method = find_entry(methods(), name, params, "").make(params);
  params.finish();
  return method;
}

/// The message of the ConfigError that making it throws, or "".
inline std::string error_of(const std::string& name, const Json& settings) {
  try {
    make(name, settings);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

}  // namespace assay::test
