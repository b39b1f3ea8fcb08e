#include "harness/store/compare_values.h"

#include <fmt/format.h>

#include <cstdint>
#include <cstring>
#include <utility>

namespace assay::h5 {
namespace {

template <class T>
T load(const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

std::string text_of(const char* bytes) {
  const char* text = load<const char*>(bytes);
  return text ? text : "";
}

/// The path of what an object reference points to.
std::string target_of(const Value& value) {
  const auto reference = load<hobj_ref_t>(value.bytes);
  const Handle object(H5Rdereference2(value.object, H5P_DEFAULT, H5R_OBJECT, &reference), H5Oclose);
  std::string name(static_cast<std::size_t>(std::max<ssize_t>(0, H5Iget_name(object, nullptr, 0))) + 1, '\0');
  H5Iget_name(object, name.data(), name.size());
  name.pop_back();
  return name;
}

/// The elements of an array or a variable-length list.
template <class Visit>
void each_element(hid_t type, const Value& value, Visit visit) {
  const Handle base(H5Tget_super(type), H5Tclose);
  const std::size_t size = H5Tget_size(base);
  const char* first = value.bytes;
  std::size_t count = 0;
  if (H5Tget_class(type) == H5T_ARRAY) {
    count = H5Tget_size(type) / size;
  } else {
    const auto list = load<hvl_t>(value.bytes);
    first = static_cast<const char*>(list.p);
    count = list.len;
  }
  for (std::size_t i = 0; i < count; ++i)
    visit(static_cast<hid_t>(base), Value{value.object, first + i * size});
}

std::size_t length_of(hid_t type, const Value& value) {
  std::size_t count = 0;
  each_element(type, value, [&](hid_t, const Value&) { ++count; });
  return count;
}

bool same_elements(hid_t type, const Value& a, const Value& b) {
  if (length_of(type, a) != length_of(type, b)) return false;
  std::vector<const char*> others;
  each_element(type, b, [&](hid_t, const Value& element) { others.push_back(element.bytes); });
  bool equal = true;
  std::size_t next = 0;
  each_element(type, a, [&](hid_t base, const Value& element) {
    equal = equal && same(base, element, {b.object, others[next++]});
  });
  return equal;
}

std::string shown_real(hid_t type, const char* bytes, bool exact) {
  if (H5Tget_size(type) == sizeof(float)) {
    const auto value = load<float>(bytes);
    return exact ? fmt::format("{} (0x{:08x})", value, load<std::uint32_t>(bytes)) : fmt::format("{}", value);
  }
  const auto value = load<double>(bytes);
  return exact ? fmt::format("{} (0x{:016x})", value, load<std::uint64_t>(bytes)) : fmt::format("{}", value);
}

std::string shown_integer(hid_t type, const char* bytes) {
  std::uint64_t raw = 0;
  const std::size_t size = H5Tget_size(type);
  std::memcpy(&raw, bytes, size);
  if (H5Tget_sign(type) == H5T_SGN_NONE) return fmt::format("{}", raw);
  const unsigned unused = static_cast<unsigned>(64 - 8 * size);
  return fmt::format("{}", static_cast<std::int64_t>(raw << unused) >> unused);
}

std::string shown_enum(hid_t type, const char* bytes) {
  char name[64];
  const bool known = H5Tenum_nameof(type, bytes, name, sizeof name) >= 0;
  return known ? name : fmt::format("{}", static_cast<int>(*bytes));
}

}  // namespace

std::vector<Part> parts_of(hid_t type) {
  std::vector<Part> parts;
  if (H5Tget_class(type) != H5T_COMPOUND) {
    parts.push_back({"", 0, own(H5Tcopy(type), H5Tclose, "type")});
    return parts;
  }
  for (int i = 0; i < H5Tget_nmembers(type); ++i) {
    const auto member = static_cast<unsigned>(i);
    char* name = H5Tget_member_name(type, member);
    parts.push_back(
        {name, H5Tget_member_offset(type, member), own(H5Tget_member_type(type, member), H5Tclose, name)});
    H5free_memory(name);
  }
  return parts;
}

bool same(hid_t type, const Value& a, const Value& b) {
  switch (H5Tget_class(type)) {
    case H5T_STRING:
      if (H5Tis_variable_str(type) > 0) return text_of(a.bytes) == text_of(b.bytes);
      break;
    case H5T_REFERENCE:
      return target_of(a) == target_of(b);
    case H5T_ARRAY:
    case H5T_VLEN:
      return same_elements(type, a, b);
    case H5T_COMPOUND:
      for (const Part& part : parts_of(type))
        if (!same(part.type, {a.object, a.bytes + part.offset}, {b.object, b.bytes + part.offset}))
          return false;
      return true;
    default:
      break;
  }
  return std::memcmp(a.bytes, b.bytes, H5Tget_size(type)) == 0;
}

std::string shown(hid_t type, const Value& value, bool exact) {
  switch (H5Tget_class(type)) {
    case H5T_STRING:
      return H5Tis_variable_str(type) > 0 ? text_of(value.bytes)
                                          : std::string(value.bytes, strnlen(value.bytes, H5Tget_size(type)));
    case H5T_REFERENCE:
      return target_of(value);
    case H5T_FLOAT:
      return shown_real(type, value.bytes, exact);
    case H5T_INTEGER:
      return shown_integer(type, value.bytes);
    case H5T_ENUM:
      return shown_enum(type, value.bytes);
    default:
      break;
  }
  std::string text;
  const auto append = [&](hid_t part, const Value& element) {
    text += (text.empty() ? "" : ", ") + shown(part, element, exact);
  };
  if (H5Tget_class(type) == H5T_COMPOUND) {
    for (const Part& part : parts_of(type)) append(part.type, {value.object, value.bytes + part.offset});
  } else {
    each_element(type, value, append);
  }
  return "[" + text + "]";
}

}  // namespace assay::h5
