#pragma once

#include <string>
#include <vector>

#include "harness/store/hdf5.h"

namespace assay::h5 {

/// One member of a compound type in memory, or a whole value that is no compound.
struct Part {
  std::string name;  // empty for a whole value
  std::size_t offset = 0;
  Handle type;  // native
};
/// The parts of a type in memory.
std::vector<Part> parts_of(hid_t type);

/// A value of a part inside the memory of its object. The object resolves references.
struct Value {
  hid_t object;
  const char* bytes;
};
/// Equal to the bit; texts, lists and references by what they point to.
bool same(hid_t type, const Value& a, const Value& b);
/// For people; `exact` adds the bits of a number.
std::string shown(hid_t type, const Value& value, bool exact = false);

}  // namespace assay::h5
