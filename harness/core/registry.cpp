#include "harness/core/registry.h"

#include <algorithm>

namespace assay {

std::string user_name(std::string_view identifier) {
  std::string name(identifier);
  std::ranges::replace(name, '_', '-');
  return name;
}

}  // namespace assay
