#pragma once

#include <string>
#include <string_view>

namespace assay {

/// What an exception says, without the stack that LibTorch appends to error.what().
inline std::string first_line(std::string_view message) {
  return std::string(message.substr(0, message.find('\n')));
}

}  // namespace assay
