#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "harness/network/tensor.h"

namespace assay::test {

/// A file of golden values (HDF5), read whole values at a time. Paths are written
/// "images/NAME/paper/coarse/cmwp"; "/" is the root. Anything missing or of an unexpected type throws
/// std::runtime_error with file and path.
class GoldenFile {
 public:
  explicit GoldenFile(const std::string& path);
  ~GoldenFile();
  GoldenFile(const GoldenFile&) = delete;
  GoldenFile& operator=(const GoldenFile&) = delete;

  /// Names inside a group, sorted.
  std::vector<std::string> children(const std::string& group) const;
  bool has(const std::string& path) const;

  std::string text(const std::string& path, const std::string& attribute) const;
  double number(const std::string& path, const std::string& attribute) const;
  std::vector<double> numbers(const std::string& path, const std::string& attribute) const;
  std::vector<std::int64_t> integers(const std::string& path, const std::string& attribute) const;

  /// A dataset in its own type: float, double, uint8 or int32/int64.
  Tensor tensor(const std::string& dataset) const;

  /// One row of a compound table; strings without their padding.
  struct Row {
    std::map<std::string, double> numbers;
    std::map<std::string, std::string> texts;
    double number(const std::string& column) const { return numbers.at(column); }
    const std::string& text(const std::string& column) const { return texts.at(column); }
  };
  std::vector<Row> table(const std::string& dataset) const;

 private:
  [[noreturn]] void fail(const std::string& path, const std::string& what) const;
  std::string path_;
  std::int64_t file_ = -1;
};

}  // namespace assay::test
