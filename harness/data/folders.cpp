#include <fmt/format.h>

#include <algorithm>

#include "harness/data/label_files.h"

namespace assay {
namespace {

class Folders : public Dataset {
 public:
  explicit Folders(Params& params)
      : folder_(params.require<std::string>("path", "folder with one folder of images a class")),
        classes_(params.get<std::string>(
            "classes", "",
            "class list, first words = folder names, one line an output; default: the folders "
            "sorted by name (by number, where all are numbers: these are the outputs then)")) {}

  std::vector<Sample> samples() const override {
    const std::vector<std::string> folders = folders_in(folder_);
    const std::vector<Label> labels = labels_of(folders);
    std::vector<Sample> samples;
    for (std::size_t i = 0; i < folders.size(); ++i)
      for (const std::string& image : images_in(join_path(folder_, folders[i]))) {
        const std::string name = folders[i] + "/" + image;
        samples.push_back({name, join_path(folder_, name), {labels[i]}});
      }
    return not_empty(std::move(samples), folder_);
  }

 private:
  std::vector<Label> labels_of(const std::vector<std::string>& folders) const {
    std::vector<Label> labels;
    if (!classes_.empty()) {
      const ClassList classes = read_class_list(classes_);
      for (const std::string& folder : folders) {
        labels.push_back({classes.find(folder), folder});
        if (labels.back().index < 0)
          throw DataError(
              fmt::format("{}: folder {} of {} is not in the class list", classes_, folder, folder_));
      }
    } else if (std::ranges::all_of(folders, is_index)) {
      for (const std::string& folder : folders) labels.push_back({parse_index(folder, folder_, 0), ""});
    } else {
      for (std::size_t i = 0; i < folders.size(); ++i)
        labels.push_back({static_cast<std::int64_t>(i), folders[i]});
    }
    return labels;
  }

  std::string folder_, classes_;
};

}  // namespace

std::unique_ptr<Dataset> make_folders(Params& params) {
  return std::make_unique<Folders>(params);
}

}  // namespace assay
