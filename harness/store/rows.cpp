#include "harness/store/rows.h"

#include <fmt/format.h>

#include <initializer_list>
#include <utility>

namespace assay::h5 {
namespace {

std::size_t size_of(Kind kind) {
  switch (kind) {
    case Kind::text:
      return sizeof(char*);
    case Kind::integer:
      return sizeof(std::int64_t);
    case Kind::real:
      return sizeof(double);
    case Kind::integers:
    case Kind::reals:
      return sizeof(hvl_t);
    case Kind::flag:
    case Kind::status:
      break;
  }
  return 1;
}

Handle enum_of(hid_t base, std::initializer_list<const char*> names) {
  Handle type = own(H5Tenum_create(base), H5Tclose, "enum type");
  std::uint8_t value = 0;
  for (const char* name : names) {
    check(H5Tenum_insert(type, name, &value), "enum type");
    ++value;
  }
  return type;
}

Handle type_of(Kind kind) {
  switch (kind) {
    case Kind::text:
      return text_type();
    case Kind::integer:
      return {H5Tcopy(H5T_STD_I64LE), H5Tclose};
    case Kind::real:
      return {H5Tcopy(H5T_IEEE_F64LE), H5Tclose};
    case Kind::integers:
      return own(H5Tvlen_create(H5T_STD_I64LE), H5Tclose, "list type");
    case Kind::reals:
      return own(H5Tvlen_create(H5T_IEEE_F64LE), H5Tclose, "list type");
    case Kind::flag:
      return enum_of(H5T_STD_I8LE, {"FALSE", "TRUE"});
    case Kind::status:
      break;
  }
  return enum_of(H5T_STD_U8LE, {"ok", "skipped", "suspect", "failed"});
}

}  // namespace

Handle type_of(std::span<const Member> members) {
  std::size_t size = 0;
  for (const Member& member : members) size += size_of(member.kind);
  Handle type = own(H5Tcreate(H5T_COMPOUND, size), H5Tclose, "table type");
  std::size_t offset = 0;
  for (const Member& member : members) {
    check(H5Tinsert(type, member.name.c_str(), offset, type_of(member.kind)), member.name);
    offset += size_of(member.kind);
  }
  return type;
}

Rows::Rows(std::vector<Member> members, std::size_t count) : members_(std::move(members)) {
  for (const Member& member : members_) {
    offsets_.push_back(row_bytes_);
    row_bytes_ += size_of(member.kind);
  }
  clear(count);
}

Rows::~Rows() {
  if (!filled_ || bytes_.empty()) return;
  const hsize_t count = count_;
  const Handle space(H5Screate_simple(1, &count, nullptr), H5Sclose);
  H5Dvlen_reclaim(type_of(members_), space, H5P_DEFAULT, bytes_.data());
}

std::size_t Rows::bytes() const {
  std::size_t sum = bytes_.size();
  for (const std::string& text : texts_) sum += text.size();
  for (const auto& list : lists_) sum += list.size() * sizeof(std::int64_t);
  for (const auto& list : curves_) sum += list.size() * sizeof(double);
  return sum;
}

void* Rows::fill() {
  ASSAY_ASSERT(!std::exchange(filled_, true));
  return bytes_.data();
}

void Rows::clear(std::size_t count) {
  count_ = count;
  bytes_.assign(count * row_bytes_, 0);
  texts_.clear();
  lists_.clear();
  curves_.clear();
}

void Rows::put(std::size_t row, std::size_t member, const std::string& value) {
  const char* pointer = value.empty() ? nullptr : texts_.emplace_back(value).c_str();
  store(row, member, Kind::text, pointer);
}

void Rows::put(std::size_t row, std::size_t member, const std::vector<std::int64_t>& value) {
  auto& kept = lists_.emplace_back(value);
  store(row, member, Kind::integers, hvl_t{kept.size(), kept.data()});
}

void Rows::put(std::size_t row, std::size_t member, const std::vector<double>& value) {
  auto& kept = curves_.emplace_back(value);
  store(row, member, Kind::reals, hvl_t{kept.size(), kept.data()});
}

std::string Rows::text(std::size_t row, std::size_t member) const {
  const char* pointer = load<const char*>(row, member, Kind::text);
  return pointer ? pointer : "";
}

std::vector<std::int64_t> Rows::integers(std::size_t row, std::size_t member) const {
  const auto list = load<hvl_t>(row, member, Kind::integers);
  const auto* first = static_cast<const std::int64_t*>(list.p);
  return {first, first + list.len};
}

std::vector<double> Rows::reals(std::size_t row, std::size_t member) const {
  const auto list = load<hvl_t>(row, member, Kind::reals);
  const auto* first = static_cast<const double*>(list.p);
  return {first, first + list.len};
}

Status Rows::status(std::size_t row, std::size_t member) const {
  const auto value = load<std::uint8_t>(row, member, Kind::status);
  if (value > static_cast<std::uint8_t>(Status::failed))
    throw DataError(fmt::format("{} is no status", value));
  return static_cast<Status>(value);
}

}  // namespace assay::h5
