#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <set>
#include <utility>

#include "harness/core/error.h"
#include "harness/store/compare_values.h"
#include "harness/store/hdf5.h"
#include "harness/store/results.h"

namespace assay {
namespace {

using h5::Handle;
using h5::own;

herr_t keep_link(hid_t, const char* name, const H5L_info_t*, void* names) {
  static_cast<std::set<std::string>*>(names)->insert(name);
  return 0;
}

herr_t keep_attribute(hid_t, const char* name, const H5A_info_t*, void* names) {
  static_cast<std::set<std::string>*>(names)->insert(name);
  return 0;
}

std::set<std::string> links_of(hid_t group, const std::string& where) {
  std::set<std::string> names;
  h5::check(H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, nullptr, keep_link, &names), where);
  return names;
}

std::set<std::string> attributes_of(hid_t object, const std::string& where) {
  std::set<std::string> names;
  h5::check(H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, nullptr, keep_attribute, &names), where);
  return names;
}

bool may_differ(const std::string& member) {
  return member.ends_with("_seconds");
}

std::vector<hsize_t> shape_of(hid_t space) {
  std::vector<hsize_t> shape(static_cast<std::size_t>(std::max(0, H5Sget_simple_extent_ndims(space))));
  H5Sget_simple_extent_dims(space, shape.data(), nullptr);
  return shape;
}

/// Values of a dataset or an attribute in memory; what HDF5 allocated is freed with them.
struct Values {
  Values(hid_t type, std::size_t count)
      : type(type), count(count), bytes(std::max<std::size_t>(1, count * H5Tget_size(type))) {}
  ~Values() {
    const hsize_t extent = count;
    const Handle space(H5Screate_simple(1, &extent, nullptr), H5Sclose);
    if (count > 0) H5Dvlen_reclaim(type, space, H5P_DEFAULT, bytes.data());
  }
  Values(const Values&) = delete;
  Values& operator=(const Values&) = delete;

  hid_t type;
  std::size_t count;
  std::vector<char> bytes;
};

class Comparison {
 public:
  Comparison(const std::string& a, const std::string& b, std::size_t limit)
      : name_a_(a), name_b_(b), a_(h5::open_file(a)), b_(h5::open_file(b)), limit_(limit) {}

  std::vector<std::string> run() {
    compare_objects(a_, b_, "/");
    return std::move(lines_);
  }

 private:
  bool full() const { return lines_.size() >= limit_; }

  void say(std::string line) {
    if (!full()) lines_.push_back(std::move(line));
  }

  /// Says which names only one side has; calls `both` for the others.
  void match(const std::set<std::string>& a, const std::set<std::string>& b, const std::string& prefix,
             const std::function<void(const std::string&)>& both) {
    for (const std::string& name : a) {
      if (full()) return;
      if (b.contains(name))
        both(name);
      else
        say(fmt::format("{}{}: only in {}", prefix, name, name_a_));
    }
    for (const std::string& name : b)
      if (!a.contains(name)) say(fmt::format("{}{}: only in {}", prefix, name, name_b_));
  }

  void compare_objects(hid_t a, hid_t b, const std::string& path) {
    compare_attributes(a, b, path);
    if (H5Iget_type(a) == H5I_DATASET && H5Iget_type(b) == H5I_DATASET) return compare_datasets(a, b, path);
    if (H5Iget_type(a) == H5I_DATASET || H5Iget_type(b) == H5I_DATASET)
      return say(fmt::format("{}: a dataset in one file, a group in the other", path));
    const std::string prefix = path == "/" ? path : path + "/";
    match(links_of(a, path), links_of(b, path), prefix, [&](const std::string& name) {
      if (prefix + name == "/provenance") return;
      const Handle in_a = own(H5Oopen(a, name.c_str(), H5P_DEFAULT), H5Oclose, prefix + name);
      const Handle in_b = own(H5Oopen(b, name.c_str(), H5P_DEFAULT), H5Oclose, prefix + name);
      compare_objects(in_a, in_b, prefix + name);
    });
  }

  void compare_attributes(hid_t a, hid_t b, const std::string& path) {
    match(attributes_of(a, path), attributes_of(b, path), path + "@", [&](const std::string& name) {
      const std::string where = path + "@" + name;
      const Handle in_a = own(H5Aopen(a, name.c_str(), H5P_DEFAULT), H5Aclose, where);
      const Handle in_b = own(H5Aopen(b, name.c_str(), H5P_DEFAULT), H5Aclose, where);
      compare_attribute(in_a, in_b, where);
    });
  }

  void compare_attribute(hid_t a, hid_t b, const std::string& where) {
    const Handle space_a(H5Aget_space(a), H5Sclose), space_b(H5Aget_space(b), H5Sclose);
    const Handle type_a(native(Handle(H5Aget_type(a), H5Tclose))),
        type_b(native(Handle(H5Aget_type(b), H5Tclose)));
    if (!same_form(type_a, type_b, shape_of(space_a), shape_of(space_b), where)) return;
    const auto count = static_cast<std::size_t>(H5Sget_simple_extent_npoints(space_a));
    Values values_a(type_a, count), values_b(type_b, count);
    h5::check(H5Aread(a, type_a, values_a.bytes.data()), name_a_ + ": " + where);
    h5::check(H5Aread(b, type_b, values_b.bytes.data()), name_b_ + ": " + where);
    compare_values(a, b, values_a, values_b, h5::parts_of(type_a), [&](std::size_t) { return where; });
  }

  static Handle native(const Handle& type) {
    return own(H5Tget_native_type(type, H5T_DIR_ASCEND), H5Tclose, "type");
  }

  bool same_form(hid_t type_a, hid_t type_b, const std::vector<hsize_t>& shape_a,
                 const std::vector<hsize_t>& shape_b, const std::string& where) {
    if (shape_a != shape_b)
      say(fmt::format("{}: shape [{}] and [{}]", where, fmt::join(shape_a, ", "), fmt::join(shape_b, ", ")));
    else if (H5Tequal(type_a, type_b) <= 0)
      say(fmt::format("{}: types differ ({})", where, type_difference(type_a, type_b)));
    else
      return true;
    return false;
  }

  std::string type_difference(hid_t a, hid_t b) const {
    std::set<std::string> names_a, names_b, only;
    for (const h5::Part& part : h5::parts_of(a)) names_a.insert(part.name);
    for (const h5::Part& part : h5::parts_of(b)) names_b.insert(part.name);
    std::ranges::set_symmetric_difference(names_a, names_b, std::inserter(only, only.end()));
    return only.empty() ? "members of other types or order"
                        : fmt::format("only one has {}", fmt::join(only, ", "));
  }

  void compare_datasets(hid_t a, hid_t b, const std::string& path) {
    const Handle space_a(H5Dget_space(a), H5Sclose), space_b(H5Dget_space(b), H5Sclose);
    const Handle type_a(native(Handle(H5Dget_type(a), H5Tclose))),
        type_b(native(Handle(H5Dget_type(b), H5Tclose)));
    const std::vector<hsize_t> shape = shape_of(space_a);
    if (!same_form(type_a, type_b, shape, shape_of(space_b), path)) return;
    const std::vector<h5::Part> parts = h5::parts_of(type_a);
    each_piece(shape,
               [&](const std::vector<hsize_t>& start, const std::vector<hsize_t>& count, std::size_t size) {
                 Values values_a(type_a, size), values_b(type_b, size);
                 read(a, values_a, start, count, name_a_ + ": " + path);
                 read(b, values_b, start, count, name_b_ + ": " + path);
                 compare_values(a, b, values_a, values_b, parts,
                                [&](std::size_t i) { return place_of(path, start, i); });
               });
  }

  /// Cuts a dataset along its last axis into pieces that fit in memory.
  void each_piece(const std::vector<hsize_t>& shape,
                  const std::function<void(const std::vector<hsize_t>&, const std::vector<hsize_t>&,
                                           std::size_t)>& visit) {
    constexpr hsize_t kPiece = 4096;
    if (shape.empty()) return visit({}, {}, 1);
    std::vector<hsize_t> start(shape.size(), 0), count(shape.size(), 1);
    if (std::ranges::find(shape, hsize_t{0}) != shape.end()) return;
    while (start[0] < shape[0] && !full()) {
      count.back() = std::min(kPiece, shape.back() - start.back());
      visit(start, count, count.back());
      start.back() += count.back();
      for (std::size_t axis = shape.size() - 1; axis > 0 && start[axis] >= shape[axis]; --axis) {
        start[axis] = 0;
        ++start[axis - 1];
      }
    }
  }

  static void read(hid_t set, Values& values, const std::vector<hsize_t>& start,
                   const std::vector<hsize_t>& count, const std::string& where) {
    const Handle file_space = own(H5Dget_space(set), H5Sclose, where);
    const hsize_t extent = values.count;
    const Handle memory = own(H5Screate_simple(1, &extent, nullptr), H5Sclose, where);
    if (!start.empty())
      h5::check(H5Sselect_hyperslab(file_space, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr),
                where);
    h5::check(H5Dread(set, values.type, memory, file_space, H5P_DEFAULT, values.bytes.data()), where);
  }

  static std::string place_of(const std::string& path, const std::vector<hsize_t>& start, std::size_t i) {
    if (start.empty()) return path;
    std::vector<hsize_t> index = start;
    index.back() += i;
    return fmt::format("{}[{}]", path, fmt::join(index, ", "));
  }

  void compare_values(hid_t a, hid_t b, const Values& values_a, const Values& values_b,
                      const std::vector<h5::Part>& parts,
                      const std::function<std::string(std::size_t)>& place) {
    const std::size_t size = H5Tget_size(values_a.type);
    for (std::size_t i = 0; i < values_a.count && !full(); ++i) {
      for (const h5::Part& part : parts) {
        if (may_differ(part.name)) continue;
        const h5::Value one{a, values_a.bytes.data() + i * size + part.offset};
        const h5::Value other{b, values_b.bytes.data() + i * size + part.offset};
        if (!h5::same(part.type, one, other)) say(place(i) + line_of(part, one, other));
      }
    }
  }

  static std::string line_of(const h5::Part& part, const h5::Value& a, const h5::Value& b) {
    std::string in_a = h5::shown(part.type, a), in_b = h5::shown(part.type, b);
    if (in_a == in_b) {
      in_a = h5::shown(part.type, a, true);
      in_b = h5::shown(part.type, b, true);
    }
    return fmt::format("{}{}: {} and {}", part.name.empty() ? "" : ".", part.name, in_a, in_b);
  }

  std::string name_a_, name_b_;
  Handle a_, b_;
  std::size_t limit_;
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> differences(const std::string& a, const std::string& b, std::size_t limit) {
  for (const std::string& file : {a, b}) {
    if (!std::filesystem::exists(file)) throw DataError(fmt::format("{}: no such file", file));
    if (H5Fis_hdf5(file.c_str()) <= 0) throw DataError(fmt::format("{}: is no HDF5 file", file));
  }
  return Comparison(a, b, limit).run();
}

}  // namespace assay
