#pragma once

#include <string>
#include <vector>

#include "harness/data/dataset.h"
#include "harness/data/label_files.h"

namespace assay {

/// An object as an annotation names it.
struct NamedObject {
  std::string name;
  Region region;  // the label comes from the name
};

/// What the objects of an image become under the keys that annotated datasets share: `per`, `names`,
/// `classes`.
class ObjectSamples {
 public:
  explicit ObjectSamples(Params& params);

  /// Adds the samples of one image: one with all its classes, or one a class, in the order in which the
  /// annotation first names them. Objects of classes outside the list are left out; without an object there
  /// is no sample.
  void add(const std::string& file, const std::string& path, std::vector<NamedObject> objects,
           std::vector<Sample>& samples) const;

 private:
  bool per_class_;
  bool voc_names_;
  ClassList classes_;
};

}  // namespace assay
