#include "harness/data/objects.h"

#include <algorithm>
#include <array>

#include "harness/network/tensor.h"

namespace assay {
namespace {

/// COCO's names of the classes that VOC spells otherwise.
std::string voc_name(const std::string& coco) {
  static constexpr std::array<std::array<std::string_view, 2>, 6> kNames{{{"airplane", "aeroplane"},
                                                                          {"motorcycle", "motorbike"},
                                                                          {"couch", "sofa"},
                                                                          {"tv", "tvmonitor"},
                                                                          {"potted plant", "pottedplant"},
                                                                          {"dining table", "diningtable"}}};
  for (const auto& [from, to] : kNames)
    if (coco == from) return std::string(to);
  return coco;
}

}  // namespace

ObjectSamples::ObjectSamples(Params& params)
    : per_class_(params.choice("per", "class", {"class", "image"},
                               "a sample is each class on an image, or the image (its first class is the "
                               "label that is explained)") == "class"),
      voc_names_(params.choice("names", "as-they-are", {"as-they-are", "voc"},
                               "voc: COCO's names that VOC spells otherwise become VOC's") == "voc") {
  const auto file = params.get<std::string>(
      "classes", "", "class list, first words = names: objects of other classes are left out; default: all");
  if (!file.empty()) classes_ = read_class_list(file);
}

void ObjectSamples::add(const std::string& file, const std::string& path, std::vector<NamedObject> objects,
                        std::vector<Sample>& samples) const {
  Sample whole{file, path, {}};
  for (NamedObject& object : objects) {
    const std::string name = voc_names_ ? voc_name(object.name) : object.name;
    const Label label{classes_.find(name), name};
    if (label.index < 0 && !classes_.keys.empty()) continue;
    if (std::ranges::find(whole.labels, label) == whole.labels.end()) whole.labels.push_back(label);
    object.region.label = label;
    whole.regions.push_back(std::move(object.region));
  }
  if (whole.labels.empty()) return;
  if (!per_class_) return samples.push_back(std::move(whole));
  whole.image = file;
  whole.classes = whole.labels;
  for (const Label& label : whole.classes) {
    samples.push_back(whole);
    samples.back().name = file + "/" + label.key;
    samples.back().labels = {label};
  }
}

}  // namespace assay
