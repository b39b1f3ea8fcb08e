#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <string>

namespace assay::test {

/// Runs a script of tests/python, which writes files of these names into `folder`. False where Python has no
/// torch or torchvision (exit status 77): skip the test.
inline bool written_by_pytorch(const std::string& script, const std::string& folder,
                               const std::string& names) {
  constexpr int kNoTorch = 77;
  const char* source = std::getenv("ASSAY_SOURCE");
  const std::string command = fmt::format("/usr/bin/python3 '{}/tests/python/{}' '{}' {}",
                                          source ? source : ".", script, folder, names);
  const int status = std::system(command.c_str());
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  EXPECT_TRUE(code == 0 || code == kNoTorch) << command;
  return code == 0;
}

}  // namespace assay::test

/// Skips the test, visibly, when written_by_pytorch() says so.
#define ASSAY_NEEDS_PYTORCH(written) \
  if (!(written)) GTEST_SKIP() << "/usr/bin/python3 has no torch and torchvision"
