#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "harness/data/annotations.h"
#include "harness/data/objects.h"

namespace assay {
namespace {

class Voc : public Dataset {
 public:
  explicit Voc(Params& params)
      : folder_(params.require<std::string>("path", "folder of the images (VOC: JPEGImages)")),
        annotations_(params.get<std::string>("annotations", "",
                                             "folder of IMAGE.xml; default: Annotations in that folder, or "
                                             "else beside it")),
        list_(params.get<std::string>("list", "",
                                      "file with the image names without extension, one a line (VOC: "
                                      "ImageSets/Main/test.txt); behind a name -1 = without it, 0 or 1 = "
                                      "with it (dog_test.txt); default: every image with an annotation")),
        first_(params.get<std::int64_t>("first", 1, "number of an image's first pixel: VOC 1, ILSVRC 0")),
        objects_(params) {
    if (first_ != 0 && first_ != 1) params.fail("first", "must be 0 or 1");
  }

  std::vector<Sample> samples() const override {
    const std::string annotations = annotations_.empty() ? default_folder() : annotations_;
    const std::set<std::string> wanted = wanted_images();
    std::set<std::string> found;
    std::vector<Sample> samples;
    for (const std::string& image : images_in(folder_)) {
      const std::string stem = std::filesystem::path(image).stem().string();
      const std::string file = join_path(annotations, stem + ".xml");
      if (list_.empty() ? !std::filesystem::exists(file) : !wanted.contains(stem)) continue;
      add(image, file, samples);
      found.insert(stem);
    }
    for (const std::string& stem : wanted)
      if (!found.contains(stem)) throw DataError(fmt::format("{}: {} has no image {}", list_, folder_, stem));
    return not_empty(std::move(samples), annotations);
  }

 private:
  std::string default_folder() const {
    const std::string inside = join_path(folder_, "Annotations");
    if (is_folder(inside)) return inside;
    const auto folder = std::filesystem::absolute(join_path(folder_, ".")).parent_path();
    return (folder.parent_path() / "Annotations").string();
  }

  bool is_listed(const TextLine& line, std::string_view flag) const {
    if (flag != "" && flag != "-1" && flag != "0" && flag != "1")
      fail_at(list_, line.number,
              fmt::format("expected the name of an image, and -1, 0 or 1 behind it where its class matters, "
                          "got '{}'",
                          line.text));
    return flag != "-1";
  }

  std::set<std::string> wanted_images() const {
    std::set<std::string> wanted;
    if (list_.empty()) return wanted;
    for (const TextLine& line : read_lines(list_)) {
      const std::string name = first_word(line.text);
      const std::string_view rest = std::string_view(line.text).substr(name.size());
      const std::size_t begin = std::min(rest.find_first_not_of(" \t"), rest.size());
      if (is_listed(line, rest.substr(begin))) wanted.insert(name);
    }
    return wanted;
  }

  void add(const std::string& image, const std::string& file, std::vector<Sample>& samples) const {
    std::vector<NamedObject> objects;
    for (const AnnotatedObject& object : annotated_boxes(file, static_cast<int>(first_)))
      objects.push_back({object.name, {{}, object.box, object.difficult}});
    objects_.add(image, join_path(folder_, image), std::move(objects), samples);
  }

  std::string folder_, annotations_, list_;
  std::int64_t first_;
  ObjectSamples objects_;
};

}  // namespace

std::unique_ptr<Dataset> make_voc(Params& params) {
  return std::make_unique<Voc>(params);
}

}  // namespace assay
