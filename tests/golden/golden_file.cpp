#include "tests/golden/golden_file.h"

#include <hdf5.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace assay::test {
namespace {

/// Closes an HDF5 identifier when it goes.
class Handle {
 public:
  Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  operator hid_t() const { return id_; }
  bool ok() const { return id_ >= 0; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

struct Layout {
  at::ScalarType scalar;
  hid_t memory;
};

bool layout_of(hid_t type, Layout& layout) {
  const std::size_t size = H5Tget_size(type);
  const H5T_class_t kind = H5Tget_class(type);
  if (kind == H5T_FLOAT && size == 4)
    layout = {at::kFloat, H5T_NATIVE_FLOAT};
  else if (kind == H5T_FLOAT && size == 8)
    layout = {at::kDouble, H5T_NATIVE_DOUBLE};
  else if (kind == H5T_INTEGER && size == 1)
    layout = {at::kByte, H5T_NATIVE_UINT8};
  else if (kind == H5T_INTEGER && size == 4)
    layout = {at::kInt, H5T_NATIVE_INT32};
  else if (kind == H5T_INTEGER && size == 8)
    layout = {at::kLong, H5T_NATIVE_INT64};
  else
    return false;
  return true;
}

std::vector<hsize_t> shape_of(hid_t space) {
  std::vector<hsize_t> shape(static_cast<std::size_t>(H5Sget_simple_extent_ndims(space)));
  H5Sget_simple_extent_dims(space, shape.data(), nullptr);
  return shape;
}

/// One member of a compound row as a number or a text.
void decode(hid_t type, unsigned member, const char* bytes, GoldenFile::Row& row) {
  char* raw_name = H5Tget_member_name(type, member);
  const std::string name = raw_name;
  H5free_memory(raw_name);
  const Handle member_type(H5Tget_member_type(type, member), H5Tclose);
  const std::size_t size = H5Tget_size(member_type);
  if (H5Tget_class(member_type) == H5T_STRING) {
    row.texts[name] = std::string(bytes, strnlen(bytes, size));
    return;
  }
  std::vector<char> value(std::max(size, sizeof(double)));
  std::memcpy(value.data(), bytes, size);
  H5Tconvert(member_type, H5T_NATIVE_DOUBLE, 1, value.data(), nullptr, H5P_DEFAULT);
  std::memcpy(&row.numbers[name], value.data(), sizeof(double));
}

herr_t collect_name(hid_t, const char* name, const H5L_info_t*, void* names) {
  static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

}  // namespace

GoldenFile::GoldenFile(const std::string& path) : path_(path) {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  file_ = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  if (file_ < 0) fail("/", "cannot be opened");
}

GoldenFile::~GoldenFile() {
  if (file_ >= 0) H5Fclose(file_);
}

void GoldenFile::fail(const std::string& path, const std::string& what) const {
  throw std::runtime_error(path_ + ": " + path + ": " + what);
}

std::vector<std::string> GoldenFile::children(const std::string& group) const {
  std::vector<std::string> names;
  const Handle id(H5Gopen2(file_, group.c_str(), H5P_DEFAULT), H5Gclose);
  if (!id.ok() || H5Literate(id, H5_INDEX_NAME, H5_ITER_INC, nullptr, collect_name, &names) < 0)
    fail(group, "no such group");
  return names;
}

bool GoldenFile::has(const std::string& path) const {
  return Handle(H5Oopen(file_, path.c_str(), H5P_DEFAULT), H5Oclose).ok();
}

std::string GoldenFile::text(const std::string& path, const std::string& attribute) const {
  const Handle id(H5Aopen_by_name(file_, path.c_str(), attribute.c_str(), H5P_DEFAULT, H5P_DEFAULT),
                  H5Aclose);
  if (!id.ok()) fail(path, "no attribute " + attribute);
  const Handle type(H5Aget_type(id), H5Tclose);
  if (H5Tget_class(type) != H5T_STRING) fail(path, "attribute " + attribute + " is not text");
  if (H5Tis_variable_str(type) <= 0) {
    std::string fixed(H5Tget_size(type), '\0');
    H5Aread(id, type, fixed.data());
    return fixed.c_str();
  }
  char* value = nullptr;
  H5Aread(id, type, &value);
  const std::string result = value ? value : "";
  H5free_memory(value);
  return result;
}

std::vector<double> GoldenFile::numbers(const std::string& path, const std::string& attribute) const {
  const Handle id(H5Aopen_by_name(file_, path.c_str(), attribute.c_str(), H5P_DEFAULT, H5P_DEFAULT),
                  H5Aclose);
  if (!id.ok()) fail(path, "no attribute " + attribute);
  const Handle space(H5Aget_space(id), H5Sclose);
  std::vector<double> values(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)));
  if (H5Aread(id, H5T_NATIVE_DOUBLE, values.data()) < 0)
    fail(path, "attribute " + attribute + " holds no numbers");
  return values;
}

std::vector<std::int64_t> GoldenFile::integers(const std::string& path, const std::string& attribute) const {
  const std::vector<double> values = numbers(path, attribute);
  return {values.begin(), values.end()};
}

double GoldenFile::number(const std::string& path, const std::string& attribute) const {
  const std::vector<double> values = numbers(path, attribute);
  if (values.size() != 1) fail(path, "attribute " + attribute + " is not a single number");
  return values[0];
}

Tensor GoldenFile::tensor(const std::string& dataset) const {
  const Handle id(H5Dopen2(file_, dataset.c_str(), H5P_DEFAULT), H5Dclose);
  if (!id.ok()) fail(dataset, "no such dataset");
  const Handle type(H5Dget_type(id), H5Tclose);
  const Handle space(H5Dget_space(id), H5Sclose);
  Layout layout{};
  if (!layout_of(type, layout)) fail(dataset, "has a type that this reader does not know");
  const std::vector<hsize_t> shape = shape_of(space);
  Tensor values = at::empty(std::vector<std::int64_t>(shape.begin(), shape.end()), layout.scalar);
  if (H5Dread(id, layout.memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data_ptr()) < 0)
    fail(dataset, "cannot be read");
  return values;
}

std::vector<GoldenFile::Row> GoldenFile::table(const std::string& dataset) const {
  const Handle id(H5Dopen2(file_, dataset.c_str(), H5P_DEFAULT), H5Dclose);
  if (!id.ok()) fail(dataset, "no such dataset");
  const Handle stored(H5Dget_type(id), H5Tclose);
  if (H5Tget_class(stored) != H5T_COMPOUND) fail(dataset, "is not a compound table");
  const Handle type(H5Tget_native_type(stored, H5T_DIR_DEFAULT), H5Tclose);
  const Handle space(H5Dget_space(id), H5Sclose);
  const std::size_t row_size = H5Tget_size(type);
  std::vector<Row> rows(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)));
  std::vector<char> bytes(rows.size() * row_size);
  if (H5Dread(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()) < 0) fail(dataset, "cannot be read");
  const auto members = static_cast<unsigned>(H5Tget_nmembers(type));
  for (std::size_t r = 0; r < rows.size(); ++r)
    for (unsigned m = 0; m < members; ++m)
      decode(type, m, bytes.data() + r * row_size + H5Tget_member_offset(type, m), rows[r]);
  return rows;
}

}  // namespace assay::test
