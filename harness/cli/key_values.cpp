#include "harness/cli/key_values.h"

#include <fmt/format.h>

#include "harness/core/error.h"

namespace assay {

Json key_values(const std::string& option, const std::vector<std::string>& words) {
  Json settings = Json::object();
  for (const std::string& word : words) {
    const auto equals = word.find('=');
    if (equals == std::string::npos || equals == 0)
      throw ConfigError(fmt::format("{} {}: expected KEY=VALUE", option, word));
    const std::string text = word.substr(equals + 1);
    const Json value = Json::parse(text, nullptr, false);
    settings[word.substr(0, equals)] = value.is_discarded() ? Json(text) : value;
  }
  return settings;
}

}  // namespace assay
