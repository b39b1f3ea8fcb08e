#pragma once

#include <cstdint>
#include <cstring>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "harness/core/error.h"
#include "harness/core/record.h"
#include "harness/store/hdf5.h"

namespace assay::h5 {

/// What a member of a compound table holds, and its HDF5 type.
enum class Kind {
  text,      // variable-length UTF-8
  integer,   // int64
  real,      // float64
  flag,      // int8 enum FALSE, TRUE: a bool for h5py
  status,    // uint8 enum ok, skipped, suspect, failed
  integers,  // variable-length list of int64
  reals,     // variable-length list of float64
};

struct Member {
  std::string name;
  Kind kind;
};

/// The packed compound type of a table, in files and in memory.
Handle type_of(std::span<const Member> members);

/// Rows of a compound table in memory, as HDF5 writes and reads them. Rows start as zeros, empty texts and
/// lists.
class Rows {
 public:
  explicit Rows(std::vector<Member> members, std::size_t count = 0);
  ~Rows();
  Rows(Rows&&) = default;
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

  std::span<const Member> members() const { return members_; }
  std::size_t size() const { return count_; }
  std::size_t bytes_per_row() const { return row_bytes_; }
  /// Of all rows with the texts and lists that were put.
  std::size_t bytes() const;
  /// For H5Dwrite.
  const void* data() const { return bytes_.data(); }
  /// For H5Dread, once: what it allocates is freed with the rows.
  void* fill();
  /// Back to `count` rows of zeros.
  void clear(std::size_t count);

  void put(std::size_t row, std::size_t member, const std::string& value);
  void put(std::size_t row, std::size_t member, const std::vector<std::int64_t>& value);
  void put(std::size_t row, std::size_t member, const std::vector<double>& value);
  void put(std::size_t row, std::size_t member, std::int64_t value) {
    store(row, member, Kind::integer, value);
  }
  void put(std::size_t row, std::size_t member, double value) { store(row, member, Kind::real, value); }
  void put(std::size_t row, std::size_t member, bool value) {
    store(row, member, Kind::flag, static_cast<std::uint8_t>(value));
  }
  void put(std::size_t row, std::size_t member, Status value) {
    store(row, member, Kind::status, static_cast<std::uint8_t>(value));
  }
  /// One more row, its members in order.
  template <class... Values>
  void add(const Values&... values) {
    ASSAY_ASSERT(sizeof...(values) == members_.size());
    bytes_.resize(++count_ * row_bytes_);
    std::size_t member = 0;
    (put(count_ - 1, member++, values), ...);
  }

  std::string text(std::size_t row, std::size_t member) const;
  std::vector<std::int64_t> integers(std::size_t row, std::size_t member) const;
  std::vector<double> reals(std::size_t row, std::size_t member) const;
  std::int64_t integer(std::size_t row, std::size_t member) const {
    return load<std::int64_t>(row, member, Kind::integer);
  }
  double real(std::size_t row, std::size_t member) const { return load<double>(row, member, Kind::real); }
  bool flag(std::size_t row, std::size_t member) const {
    return load<std::uint8_t>(row, member, Kind::flag) != 0;
  }
  /// Throws DataError for a number that is no Status.
  Status status(std::size_t row, std::size_t member) const;

 private:
  template <class T>
  void store(std::size_t row, std::size_t member, Kind kind, const T& value) {
    ASSAY_ASSERT(row < count_ && members_.at(member).kind == kind);
    std::memcpy(bytes_.data() + row * row_bytes_ + offsets_[member], &value, sizeof value);
  }
  template <class T>
  T load(std::size_t row, std::size_t member, Kind kind) const {
    ASSAY_ASSERT(row < count_ && members_.at(member).kind == kind);
    T value;
    std::memcpy(&value, bytes_.data() + row * row_bytes_ + offsets_[member], sizeof value);
    return value;
  }

  std::vector<Member> members_;
  std::vector<std::size_t> offsets_;
  std::size_t row_bytes_ = 0, count_ = 0;
  std::vector<char> bytes_;
  std::deque<std::string> texts_;  // what the pointers inside bytes_ point to, unless HDF5 allocated it
  std::deque<std::vector<std::int64_t>> lists_;
  std::deque<std::vector<double>> curves_;
  bool filled_ = false;
};

}  // namespace assay::h5
