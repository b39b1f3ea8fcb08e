#include <fmt/format.h>

#include <algorithm>

#include "harness/data/label_files.h"
#include "harness/data/layouts.h"

namespace assay {
namespace {

std::vector<Label> labels_by_list(const std::string& folder, const std::vector<std::string>& names,
                                  const std::string& file) {
  const ClassList classes = read_class_list(file);
  std::vector<Label> labels;
  for (const std::string& name : names) {
    labels.push_back({classes.find(name), name});
    if (labels.back().index < 0)
      throw DataError(fmt::format("{}: folder {} of {} is not in the class list", file, name, folder));
  }
  return labels;
}

std::vector<Label> labels_by_name(const std::string& folder, const std::vector<std::string>& names) {
  const bool numbered = std::ranges::all_of(names, is_index);
  std::vector<Label> labels;
  for (const std::string& name : names)
    labels.push_back(numbered ? Label{parse_index(name, folder, 0), ""} : Label{std::ssize(labels), name});
  return labels;
}

class Folders : public Dataset {
 public:
  explicit Folders(Params& params)
      : folder_(params.require<std::string>("path", "folder with one folder of images a class")),
        classes_(params.get<std::string>(
            "classes", "",
            "class list, first words = folder names, one line an output; default: the folders "
            "sorted by name (by number, where all are numbers: these are the outputs then)")) {}

  std::vector<Sample> samples() const override { return samples_of_folders(folder_, classes_); }

 private:
  std::string folder_, classes_;
};

}  // namespace

std::vector<Sample> samples_of_folders(const std::string& folder, const std::string& classes) {
  const std::vector<std::string> names = folders_in(folder);
  const std::vector<Label> labels =
      classes.empty() ? labels_by_name(folder, names) : labels_by_list(folder, names, classes);
  std::vector<Sample> samples;
  for (std::size_t i = 0; i < names.size(); ++i)
    for (const std::string& image : images_in(join_path(folder, names[i]))) {
      const std::string name = names[i] + "/" + image;
      samples.push_back({name, join_path(folder, name), {labels[i]}});
    }
  return not_empty(std::move(samples), folder);
}

std::unique_ptr<Dataset> make_folders(Params& params) {
  return std::make_unique<Folders>(params);
}

}  // namespace assay
