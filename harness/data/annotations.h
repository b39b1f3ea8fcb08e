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
/// to the box (VOC: 1, ILSVRC: 0). An annotation without objects has none. Throws DataError naming the file
/// when it is missing, not XML or no annotation, and `FILE: object 2 (dog): reason` where a name is empty, a
/// box is missing, not numbers or empty, or `difficult` is neither 0 nor 1.
std::vector<AnnotatedObject> annotated_boxes(const std::string& file, int first);

}  // namespace assay
