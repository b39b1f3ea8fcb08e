#pragma once

#define OMPI_SKIP_MPICXX 1  // hdf5.h includes mpi.h, whose old C++ bindings need another library
#include <hdf5.h>

#include <functional>
#include <string>
#include <vector>

namespace assay::h5 {

/// A reference to an open HDF5 object, closed at the end.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);
  Handle() = default;
  Handle(hid_t id, Close close) : id_(id), close_(close) {}
  ~Handle() { reset(); }
  Handle(Handle&& other) noexcept;
  Handle& operator=(Handle&& other) noexcept;
  operator hid_t() const { return id_; }
  /// Closes now. False when closing failed, which for a file means that not everything was written.
  bool reset();

 private:
  hid_t id_ = H5I_INVALID_HID;
  Close close_ = nullptr;
};

/// Throws DataError "WHERE: <innermost message of HDF5>".
[[noreturn]] void fail(const std::string& where);
/// Throws the same when `status` is negative.
void check(herr_t status, const std::string& where);
/// An identifier that HDF5 returned, owned; negative throws.
Handle own(hid_t id, Handle::Close close, const std::string& where);

/// Serial access (never MPI-IO), no file locking unless the environment asks for it: locks hang on some
/// network file systems. `name` is what errors name.
Handle create_file(const std::string& name);
Handle open_file(const std::string& name);

/// Text of variable length, UTF-8.
Handle text_type();

void write_text(hid_t file, const std::string& path, const std::string& text, const std::string& where);
std::string read_text(hid_t file, const std::string& path, const std::string& where);
void write_attribute(hid_t object, const std::string& name, const std::string& text,
                     const std::string& where);
void write_attribute(hid_t object, const std::string& name, double value, const std::string& where);
/// Empty when there is none.
std::string read_attribute(hid_t object, const std::string& name);
/// The same for a number; NaN.
double read_number(hid_t object, const std::string& name);

}  // namespace assay::h5
