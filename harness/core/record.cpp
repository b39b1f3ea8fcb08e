#include "harness/core/record.h"

#include <fmt/format.h>

#include <array>

#include "harness/core/error.h"

namespace assay {
namespace {
constexpr std::array<std::string_view, 4> kStatusNames{"ok", "skipped", "suspect", "failed"};
}

std::string_view name_of(Status status) {
  return kStatusNames.at(static_cast<std::size_t>(status));
}

Status status_from(std::string_view name) {
  for (std::size_t i = 0; i < kStatusNames.size(); ++i)
    if (kStatusNames[i] == name) return static_cast<Status>(i);
  throw DataError(fmt::format("unknown status '{}'; known: {}", name, fmt::join(kStatusNames, ", ")));
}

Cost& Cost::operator+=(const Cost& other) {
  forwards += other.forwards;
  backwards += other.backwards;
  seconds += other.seconds;
  return *this;
}

}  // namespace assay
