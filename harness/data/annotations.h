#pragma once

#include <string>
#include <vector>

namespace assay {

/// The names of the objects in an annotation in VOC's XML (ILSVRC: wnids), in the order of the file, repeated
/// as often as there are objects. Throws DataError naming the file when it is missing, not XML or without an
/// object.
std::vector<std::string> annotated_objects(const std::string& file);

}  // namespace assay
