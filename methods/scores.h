#pragma once

#include <initializer_list>
#include <string_view>

#include "harness/core/params.h"
#include "harness/network/subject.h"

namespace assay {

/// The parameter `score` of a method: one of `words` (names of Score), the first one when absent.
Score read_score(Params& params, std::initializer_list<std::string_view> words);

}  // namespace assay
