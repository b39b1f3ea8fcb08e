#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "harness/data/annotations.h"
#include "harness/data/label_files.h"

namespace assay {
namespace {

constexpr std::size_t kClasses = 1000;

/// Keeps class indices and wnids together: either gives the other, where a class list (or all 1000 wnids) is
/// known.
class Wnids {
 public:
  explicit Wnids(const std::string& classes_file) {
    if (!classes_file.empty()) classes_ = read_class_list(classes_file);
  }
  /// Without a class list, the sorted wnids of a complete label set are one.
  void learn(const std::set<std::string>& wnids) {
    if (classes_.keys.empty() && wnids.size() == kClasses) classes_.keys.assign(wnids.begin(), wnids.end());
  }
  bool known() const { return !classes_.keys.empty(); }
  Label of_wnid(const std::string& wnid) const { return {classes_.find(wnid), wnid}; }
  Label of_index(std::int64_t index, const std::string& file, int line) const {
    if (!known()) return {index, ""};
    if (index >= std::ssize(classes_.keys))
      fail_at(file, line,
              fmt::format("class {} is not in the class list of {}", index, classes_.keys.size()));
    return {index, classes_.keys[static_cast<std::size_t>(index)]};
  }

 private:
  ClassList classes_;
};

/// Labels by image name without extension. The first line tells the format.
class GroundTruth {
 public:
  GroundTruth(const std::string& file, Wnids wnids) : file_(file), wnids_(std::move(wnids)) {
    if (is_folder(file))
      read_annotations();
    else
      read_list();
  }
  Label find(const std::string& image) const {
    const auto found = labels_.find(std::filesystem::path(image).stem().string());
    if (found == labels_.end()) throw DataError(fmt::format("{}: no label for {}", file_, image));
    return found->second;
  }

 private:
  void read_list() {
    const std::vector<TextLine> lines = read_lines(file_);
    if (lines.empty()) throw DataError(fmt::format("{}: the label list is empty", file_));
    if (lines.front().text.starts_with("ImageId,"))
      read_solution(lines);
    else if (is_index(lines.front().text))
      read_ids(lines);
    else
      read_pairs(lines);
  }

  void read_solution(const std::vector<TextLine>& lines) {
    std::map<std::string, std::string> wnid_of;
    for (std::size_t i = 1; i < lines.size(); ++i) {
      const std::vector<std::string> fields = parse_csv(lines[i], file_);
      if (fields.size() != 2 || fields[1].empty())
        fail_at(file_, lines[i].number, "expected 'image,wnid ...'");
      wnid_of[fields[0]] = first_word(fields[1]);
    }
    label(wnid_of);
  }

  void read_annotations() {
    std::map<std::string, std::string> wnid_of;
    for (const auto& entry : std::filesystem::directory_iterator(file_))
      if (entry.path().extension() == ".xml")
        wnid_of[entry.path().stem().string()] = annotated_objects(entry.path().string()).front();
    if (wnid_of.empty()) throw DataError(fmt::format("{}: no annotations (*.xml) in it", file_));
    label(wnid_of);
  }

  void label(const std::map<std::string, std::string>& wnid_of) {
    std::set<std::string> wnids;
    for (const auto& [image, wnid] : wnid_of) wnids.insert(wnid);
    wnids_.learn(wnids);
    for (const auto& [image, wnid] : wnid_of) labels_[image] = wnids_.of_wnid(wnid);
  }

  void read_ids(const std::vector<TextLine>& lines) {
    if (!wnids_.known())
      throw ConfigError(
          fmt::format("{}: ILSVRC2012 ids need 'classes': the class list in the order of the ids", file_));
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const std::int64_t id = parse_index(lines[i].text, file_, lines[i].number);
      if (id == 0) fail_at(file_, lines[i].number, "ILSVRC2012 ids start at 1");
      labels_[fmt::format("ILSVRC2012_val_{:08}", i + 1)] = wnids_.of_index(id - 1, file_, lines[i].number);
    }
  }

  void read_pairs(const std::vector<TextLine>& lines) {
    for (const TextLine& line : lines) {
      const std::string image = first_word(line.text);
      const std::string label = first_word(std::string_view(line.text).substr(image.size()));
      if (label.empty()) fail_at(file_, line.number, "expected 'image index' or 'image wnid'");
      labels_[std::filesystem::path(image).stem().string()] =
          is_index(label) ? wnids_.of_index(parse_index(label, file_, line.number), file_, line.number)
                          : wnids_.of_wnid(label);
    }
  }

  std::string file_;
  Wnids wnids_;
  std::map<std::string, Label> labels_;
};

class IlsvrcVal : public Dataset {
 public:
  explicit IlsvrcVal(Params& params)
      : folder_(
            params.require<std::string>("path", "folder of ILSVRC2012_val_*.JPEG, or of one folder a wnid")),
        labels_(params.get<std::string>(
            "labels", "",
            "label list: LOC_val_solution.csv (image, wnid), 'image index' lines "
            "with indices of the sorted wnids (Caffe's "
            "val.txt), 'image wnid' lines, or ILSVRC2012_validation_ground_truth.txt "
            "(one ILSVRC2012 id a line, from 1; "
            "needs 'classes'), or the folder of the XML annotations; default: one folder a wnid")),
        classes_(params.get<std::string>(
            "classes", "",
            "class list, first words = wnids, in the order of the indices or ids; without it "
            "all 1000 wnids are sorted, fewer are known by wnid alone")),
        boxes_(params.get<std::string>(
            "boxes", "", "folder of the XML annotations, whose boxes become regions; default: no regions")) {}

  std::vector<Sample> samples() const override {
    std::vector<Sample> samples = not_empty(labels_.empty() ? from_folders() : from_list(), folder_);
    if (!boxes_.empty())
      for (Sample& sample : samples) add_boxes(sample);
    return samples;
  }

 private:
  /// ILSVRC counts pixels from 0.
  void add_boxes(Sample& sample) const {
    const std::string stem = std::filesystem::path(sample.name).stem().string();
    for (const AnnotatedObject& object : annotated_boxes(join_path(boxes_, stem + ".xml"), 0)) {
      const Label& label = sample.labels.front();
      const bool its = label.key.empty() || label.key == object.name;
      sample.regions.push_back({its ? label : Label{-1, object.name}, object.box, object.difficult});
    }
  }

  std::vector<Sample> from_list() const {
    const GroundTruth truth(labels_, Wnids(classes_));
    std::vector<Sample> samples;
    for (const std::string& image : images_in(folder_))
      if (image.starts_with("ILSVRC2012_val_"))
        samples.push_back({image, join_path(folder_, image), {truth.find(image)}});
    return samples;
  }

  std::vector<Sample> from_folders() const {
    Wnids wnids(classes_);
    const std::vector<std::string> folders = folders_in(folder_);
    wnids.learn({folders.begin(), folders.end()});
    std::vector<Sample> samples;
    for (const std::string& wnid : folders)
      for (const std::string& image : images_in(join_path(folder_, wnid))) {
        const std::string name = wnid + "/" + image;
        samples.push_back({name, join_path(folder_, name), {wnids.of_wnid(wnid)}});
      }
    return samples;
  }

  std::string folder_, labels_, classes_, boxes_;
};

}  // namespace

std::unique_ptr<Dataset> make_ilsvrc_val(Params& params) {
  return std::make_unique<IlsvrcVal>(params);
}

}  // namespace assay
