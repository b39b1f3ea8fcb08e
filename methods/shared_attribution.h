#pragma once

#include <span>
#include <string>
#include <vector>

#include "methods/method.h"

namespace assay {

/// Everything that a method's attributions depend on beside network, image and class: its registered name and
/// every parameter that it read.
std::string words_of(const std::string& name, const Json& parameters);

/// What a method finds for `classes` (ascending, distinct) of an image, made once a block for each `words`
/// (words_of()) and list of classes; each bill that asks pays what it costs alone. Throws DataError when the
/// method does not return [K,C,h,w].
const Attribution& shared_attribution(Subject& subject, const Method& method, const std::string& words,
                                      std::int64_t image, const std::vector<std::int64_t>& classes);

/// attribute() image by image, the classes of an image once each and together: what is found and what it
/// costs depend neither on the other images nor on who else wants the same. With `words` it is shared. A
/// figure that some queries lack is NaN there.
Attribution attribute_by_image(Subject& subject, const Method& method, std::span<const Query> queries,
                               const std::string& words = "");

}  // namespace assay
