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

Work& Work::operator+=(const Work& other) {
  asked += other.asked;
  done += other.done;
  return *this;
}

Cost& Cost::operator+=(const Cost& other) {
  forwards += other.forwards;
  backwards += other.backwards;
  work += other.work;
  seconds += other.seconds;
  return *this;
}

Cost operator*(Cost cost, std::int64_t count) {
  for (std::int64_t* part : {&cost.forwards, &cost.backwards, &cost.work.asked, &cost.work.done})
    *part *= count;
  cost.seconds *= static_cast<double>(count);
  return cost;
}

Cost share_of(Cost cost, std::int64_t count) {
  for (std::int64_t* part : {&cost.forwards, &cost.backwards, &cost.work.asked, &cost.work.done})
    *part = (*part + count - 1) / count;
  cost.seconds /= static_cast<double>(count);
  return cost;
}

}  // namespace assay
