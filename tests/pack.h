#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace assay::test {

/// Folder of the data pack (models/, images/), or empty.
inline std::string pack() {
  const char* folder = std::getenv("ASSAY_DATA");
  return folder && std::filesystem::exists(std::string(folder) + "/models") ? folder : "";
}

/// Folder of the golden values beside the pack, or empty.
inline std::string golden() {
  const std::string folder = pack() + "/../golden";
  return !pack().empty() && std::filesystem::exists(folder) ? folder : "";
}

}  // namespace assay::test

/// Skips the test, visibly, when there is no data pack.
#define ASSAY_NEEDS_PACK() \
  if (assay::test::pack().empty()) GTEST_SKIP() << "ASSAY_DATA does not point to the data pack"
#define ASSAY_NEEDS_GOLDEN() \
  if (assay::test::golden().empty()) GTEST_SKIP() << "no golden values beside ASSAY_DATA"
