#include "harness/store/table.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <hdf5_hl.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <numeric>
#include <system_error>

namespace assay::h5 {
namespace {

constexpr unsigned kDeflate = 4;

std::vector<hsize_t> shape_of(hid_t set, const std::string& where) {
  const Handle space = own(H5Dget_space(set), H5Sclose, where);
  std::vector<hsize_t> shape(static_cast<std::size_t>(std::max(0, H5Sget_simple_extent_ndims(space))));
  check(H5Sget_simple_extent_dims(space, shape.data(), nullptr), where);
  return shape;
}

Handle memory_space(std::size_t count, const std::string& where) {
  const hsize_t extent = count;
  return own(H5Screate_simple(1, &extent, nullptr), H5Sclose, where);
}

Handle selection(hid_t set, const std::vector<hsize_t>& start, const std::vector<hsize_t>& count,
                 const std::string& where) {
  Handle space = own(H5Dget_space(set), H5Sclose, where);
  check(H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr), where);
  return space;
}

/// HDF5 reads a member that the file lacks as whatever memory held: look first.
void check_members(hid_t set, std::span<const Member> members, const std::string& where) {
  const Handle type = own(H5Dget_type(set), H5Tclose, where);
  for (const Member& member : members)
    if (H5Tget_class(type) != H5T_COMPOUND || H5Tget_member_index(type, member.name.c_str()) < 0)
      throw DataError(fmt::format("{}: has no member '{}'", where, member.name));
}

/// Takes room on the disk for what may be added to a file, without making it longer: HDF5 1.14 crashes when
/// the disk is full in the middle of a text. File systems that cannot do it are left alone.
void reserve(hid_t file, const Rows& rows, const std::string& where) {
  constexpr hsize_t kOverhead = 32, kSlack = 16384;  // of a text in its heap; of the indices of a table
  const hsize_t bytes = 2 * rows.bytes() + rows.size() * rows.members().size() * kOverhead + kSlack;
  hsize_t size = 0;
  check(H5Fget_filesize(file, &size), where);
  void* descriptor = nullptr;
  check(H5Fget_vfd_handle(file, H5P_DEFAULT, &descriptor), where);
  if (fallocate(*static_cast<const int*>(descriptor), FALLOC_FL_KEEP_SIZE, static_cast<off_t>(size),
                static_cast<off_t>(bytes)) == 0)
    return;
  if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
    throw DataError(fmt::format("{}: {}", where, std::generic_category().message(errno)));
}

}  // namespace

void Tables::close() {
  check(H5Fflush(file_, H5F_SCOPE_GLOBAL), name_);
  if (!file_.reset()) fail(name_);
  std::filesystem::resize_file(name_, std::filesystem::file_size(name_));  // gives back what was reserved
}

Handle Tables::open(const std::string& path) const {
  return own(H5Dopen2(file_, path.c_str(), H5P_DEFAULT), H5Dclose, where(path));
}

bool Tables::has(const std::string& path) const {
  return H5Lexists(file_, path.c_str(), H5P_DEFAULT) > 0;
}

void Tables::create(const std::string& path, std::span<const Member> members,
                    const std::vector<hsize_t>& shape, const std::vector<hsize_t>& chunk) const {
  const std::string at = where(path);
  const Handle parents = own(H5Pcreate(H5P_LINK_CREATE), H5Pclose, at);
  check(H5Pset_create_intermediate_group(parents, 1), at);
  const Handle properties = own(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, at);
  check(H5Pset_obj_track_times(properties, false), at);
  if (std::ranges::find(shape, hsize_t{0}) == shape.end()) {
    check(H5Pset_chunk(properties, static_cast<int>(chunk.size()), chunk.data()), at);
    check(H5Pset_shuffle(properties), at);
    check(H5Pset_deflate(properties, kDeflate), at);
  }
  const Handle space =
      own(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr), H5Sclose, at);
  own(H5Dcreate2(file_, path.c_str(), type_of(members), space, parents, properties, H5P_DEFAULT), H5Dclose,
      at);
}

void Tables::write(const std::string& path, const Rows& rows) const {
  constexpr hsize_t kChunk = 1024;
  create(path, rows.members(), {rows.size()}, {std::clamp<hsize_t>(rows.size(), 1, kChunk)});
  write_block(path, rows, 0);
}

void Tables::write_block(const std::string& path, const Rows& rows, std::size_t first) const {
  if (rows.size() == 0) return;
  const std::string at = where(path);
  reserve(file_, rows, at);
  const Handle set = open(path);
  std::vector<hsize_t> count = shape_of(set, at), start(count.size(), 0);
  count.back() = rows.size() / (count.size() == 2 ? count[0] : 1);
  start.back() = first;
  check(H5Dwrite(set, type_of(rows.members()), memory_space(rows.size(), at),
                 selection(set, start, count, at), H5P_DEFAULT, rows.data()),
        at);
}

Rows Tables::read(const std::string& path, std::vector<Member> members, const std::vector<hsize_t>& start,
                  const std::vector<hsize_t>& count) const {
  const std::string at = where(path);
  const Handle set = open(path);
  check_members(set, members, at);
  Rows rows(std::move(members), std::accumulate(count.begin(), count.end(), hsize_t{1}, std::multiplies{}));
  if (rows.size() == 0) return rows;
  check(H5Dread(set, type_of(rows.members()), memory_space(rows.size(), at), selection(set, start, count, at),
                H5P_DEFAULT, rows.fill()),
        at);
  return rows;
}

Rows Tables::read(const std::string& path, std::vector<Member> members) const {
  const std::vector<hsize_t> shape = shape_of(open(path), where(path));
  if (shape.size() != 1) throw DataError(fmt::format("{}: is no list", where(path)));
  return read(path, std::move(members), {0}, shape);
}

Rows Tables::read_line(const std::string& path, std::vector<Member> members, std::size_t line) const {
  const std::vector<hsize_t> shape = shape_of(open(path), where(path));
  if (shape.size() != 2 || line >= shape[0])
    throw DataError(fmt::format("{}: has no line {}", where(path), line));
  return read(path, std::move(members), {line, 0}, {1, shape[1]});
}

void Tables::attach_scale(const std::string& path, unsigned axis, const std::string& label,
                          const std::string& scale) const {
  const Handle set = open(path), along = open(scale);
  if (H5DSis_scale(along) == 0) check(H5DSset_scale(along, label.c_str()), where(scale));
  check(H5DSattach_scale(set, along, axis), where(path));
  check(H5DSset_label(set, axis, label.c_str()), where(path));
}

}  // namespace assay::h5
