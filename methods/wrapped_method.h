#pragma once

#include <memory>
#include <span>
#include <string>

#include "methods/method.h"

namespace assay {

/// The method that key `of` of a wrapper names, made from the same parameters without the wrapper's own
/// `keys` (`of` among them), whose names it may have too: it keeps its defaults for those. `doc` is the
/// meaning of `of`; `purpose` says in an error what is asked of raw attributions. `words` are set to those of
/// it (shared_attribution.h). Null while parameters are only described. Throws ConfigError for an unknown
/// name and for a method around others.
std::unique_ptr<Method> read_wrapped(Params& params, std::span<const std::string_view> keys,
                                     std::string_view doc, std::string_view purpose, std::string& words);

}  // namespace assay
