#pragma once

#include <string>
#include <vector>

#include "harness/core/params.h"

namespace assay {

/// The words of a repeated `OPTION KEY=VALUE` as an object; a value that is not JSON is text. Throws
/// ConfigError.
Json key_values(const std::string& option, const std::vector<std::string>& words);

}  // namespace assay
