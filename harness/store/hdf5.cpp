#include "harness/store/hdf5.h"

#include <fmt/format.h>

#include <limits>
#include <string_view>
#include <utility>

#include "harness/core/error.h"

namespace assay::h5 {
namespace {

herr_t keep_innermost(unsigned n, const H5E_error2_t* error, void* text) {
  if (n == 0 && error->desc) *static_cast<std::string*>(text) = error->desc;
  return 0;
}

/// HDF5 tells of a failed write in a paragraph; the words of the system are in the middle of it.
std::string innermost_message() {
  std::string text;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_innermost, &text);
  constexpr std::string_view kBefore = "error message = '";
  if (const auto start = text.find(kBefore); start != std::string::npos)
    text =
        text.substr(start + kBefore.size(), text.find('\'', start + kBefore.size()) - start - kBefore.size());
  return text.empty() ? "HDF5 error" : text;
}

/// Says, before anything else is asked of it, that the library need not tidy up at exit: every handle is
/// closed by its owner, and a file that could not be closed, on a full disk, makes that tidying crash.
void open_library() {
  [[maybe_unused]] static const herr_t said = H5dont_atexit();
}

Handle access_list(const std::string& where) {
  open_library();
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  Handle access = own(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, where);
  check(H5Pset_file_locking(access, false, true), where);
  check(H5Pset_fclose_degree(access, H5F_CLOSE_STRONG), where);
  check(H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V110), where);
  return access;
}

Handle scalar(const std::string& where) {
  return own(H5Screate(H5S_SCALAR), H5Sclose, where);
}

}  // namespace

Handle::Handle(Handle&& other) noexcept
    : id_(std::exchange(other.id_, H5I_INVALID_HID)), close_(other.close_) {}

Handle& Handle::operator=(Handle&& other) noexcept {
  std::swap(id_, other.id_);
  std::swap(close_, other.close_);
  return *this;
}

bool Handle::reset() {
  const hid_t id = std::exchange(id_, H5I_INVALID_HID);
  return id < 0 || close_(id) >= 0;
}

void fail(const std::string& where) {
  throw DataError(fmt::format("{}: {}", where, innermost_message()));
}

void check(herr_t status, const std::string& where) {
  if (status < 0) fail(where);
}

Handle own(hid_t id, Handle::Close close, const std::string& where) {
  if (id < 0) fail(where);
  return {id, close};
}

Handle create_file(const std::string& name) {
  const Handle access = access_list(name);
  return own(H5Fcreate(name.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access), H5Fclose, name);
}

Handle open_file(const std::string& name) {
  const Handle access = access_list(name);
  return own(H5Fopen(name.c_str(), H5F_ACC_RDONLY, access), H5Fclose, name);
}

Handle text_type() {
  Handle type = own(H5Tcopy(H5T_C_S1), H5Tclose, "text type");
  check(H5Tset_size(type, H5T_VARIABLE), "text type");
  check(H5Tset_cset(type, H5T_CSET_UTF8), "text type");
  return type;
}

void write_text(hid_t file, const std::string& path, const std::string& text, const std::string& where) {
  const Handle parents = own(H5Pcreate(H5P_LINK_CREATE), H5Pclose, where);
  check(H5Pset_create_intermediate_group(parents, 1), where);
  const Handle properties = own(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, where);
  check(H5Pset_obj_track_times(properties, false), where);
  const Handle set =
      own(H5Dcreate2(file, path.c_str(), text_type(), scalar(where), parents, properties, H5P_DEFAULT),
          H5Dclose, where);
  const char* pointer = text.c_str();
  check(H5Dwrite(set, text_type(), H5S_ALL, H5S_ALL, H5P_DEFAULT, &pointer), where);
}

std::string read_text(hid_t file, const std::string& path, const std::string& where) {
  const Handle set = own(H5Dopen2(file, path.c_str(), H5P_DEFAULT), H5Dclose, where);
  char* pointer = nullptr;
  check(H5Dread(set, text_type(), H5S_ALL, H5S_ALL, H5P_DEFAULT, &pointer), where);
  const std::string text = pointer ? pointer : "";
  H5free_memory(pointer);
  return text;
}

void write_attribute(hid_t object, const std::string& name, const std::string& text,
                     const std::string& where) {
  const Handle attribute =
      own(H5Acreate2(object, name.c_str(), text_type(), scalar(where), H5P_DEFAULT, H5P_DEFAULT), H5Aclose,
          where);
  const char* pointer = text.c_str();
  check(H5Awrite(attribute, text_type(), &pointer), where);
}

void write_attribute(hid_t object, const std::string& name, double value, const std::string& where) {
  const Handle attribute =
      own(H5Acreate2(object, name.c_str(), H5T_IEEE_F64LE, scalar(where), H5P_DEFAULT, H5P_DEFAULT), H5Aclose,
          where);
  check(H5Awrite(attribute, H5T_NATIVE_DOUBLE, &value), where);
}

std::string read_attribute(hid_t object, const std::string& name) {
  if (H5Aexists(object, name.c_str()) <= 0) return "";
  const Handle attribute = own(H5Aopen(object, name.c_str(), H5P_DEFAULT), H5Aclose, name);
  char* pointer = nullptr;
  if (H5Aread(attribute, text_type(), &pointer) < 0) return "";
  const std::string text = pointer ? pointer : "";
  H5free_memory(pointer);
  return text;
}

double read_number(hid_t object, const std::string& name) {
  double value = std::numeric_limits<double>::quiet_NaN();
  if (H5Aexists(object, name.c_str()) <= 0) return value;
  const Handle attribute = own(H5Aopen(object, name.c_str(), H5P_DEFAULT), H5Aclose, name);
  check(H5Aread(attribute, H5T_NATIVE_DOUBLE, &value), name);
  return value;
}

}  // namespace assay::h5
