#pragma once

#include <string>
#include <vector>

#include "harness/data/regions.h"

namespace assay {

/// The names of the objects in an annotation in VOC's XML (ILSVRC: wnids), in the order of the file, repeated
/// as often as there are objects. Throws DataError naming the file when it is missing, not XML or without an
/// object.
std::vector<std::string> annotated_objects(const std::string& file);

struct AnnotatedObject {
  std::string name;
  Box box;
  bool difficult = false;
};

/// The objects with their boxes. Pixels in the file are counted from `first` and those of both edges belong
/// to the box (VOC: 1, ILSVRC: 0). Throws as annotated_objects() does, and `FILE: object 2 (dog): reason`
/// where a box is missing, not numbers or empty.
std::vector<AnnotatedObject> annotated_boxes(const std::string& file, int first);

}  // namespace assay
