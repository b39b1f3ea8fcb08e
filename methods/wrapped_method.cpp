#include "methods/wrapped_method.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "methods/shared_attribution.h"

namespace assay {

std::unique_ptr<Method> read_wrapped(Params& params, std::span<const std::string_view> keys,
                                     std::string_view doc, std::string_view purpose, std::string& words) {
  constexpr std::array<std::string_view, 4> kAround{"var", "shared-features", "agreement", "regional"};
  const auto name = params.require<std::string>("of", doc);
  if (params.is_describing()) return nullptr;
  const Entry<Method>& entry = find_entry(methods(), name, params, "of");
  if (std::ranges::find(kAround, name) != kAround.end())
    params.fail("of", fmt::format("'{}' has no raw attribution of its own that could {}", name, purpose));
  Params own = params.without(keys);
  std::unique_ptr<Method> method = entry.make(own);
  params.join(own);
  words = words_of(name, own.resolved());
  return method;
}

}  // namespace assay
