#include <filesystem>
#include <map>

#include "harness/data/label_files.h"
#include "harness/data/layouts.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

/// DIR/WHAT/FLOOR/VIEW.png for DIR/images/FLOOR/VIEW.*.
fs::path beside_images(const fs::path& folder, const char* what, const Sample& sample) {
  const fs::path image = fs::path(sample.path).lexically_normal();
  return folder / what / image.parent_path().filename() / image.stem().concat(".png");
}

class Floors : public Dataset {
 public:
  explicit Floors(Params& params)
      : path_(params.require<std::string>(
            "path", "folder with one folder of views a floor, in it or in its images/, or a list file")),
        split_(params.choice("split", "all", {"train", "test", "all"},
                             "the lists train.txt and test.txt of the folder; without them the first views "
                             "of every floor, by name, are for training")),
        train_views_(params.get<std::int64_t>("train_views", 3, "views a floor for training")),
        painted_(params.get("painted", false,
                            "the same views with their objects painted out, DIR/painted/FLOOR/VIEW.png")) {}

  std::vector<Sample> samples() const override {
    std::vector<Sample> samples = fs::is_regular_file(path_) ? samples_of_list(path_) : of_folder();
    const fs::path folder = fs::is_regular_file(path_) ? fs::path(path_).parent_path() : fs::path(path_);
    for (Sample& sample : samples) {
      if (const fs::path mask = beside_images(folder, "objects", sample); fs::exists(mask))
        sample.regions.push_back({sample.labels.front(), mask.string()});
      if (painted_) sample.path = beside_images(folder, "painted", sample).string();
    }
    return samples;
  }

 private:
  std::vector<Sample> of_folder() const {
    std::vector<Sample> samples;
    for (const char* list : {"train", "test"}) {
      const std::string file = join_path(path_, std::string(list) + ".txt");
      if (!fs::exists(file)) return split_by_name();
      if (split_ != "all" && split_ != list) continue;
      for (Sample& sample : samples_of_list(file)) samples.push_back(std::move(sample));
    }
    return samples;
  }

  std::vector<Sample> split_by_name() const {
    const std::string images = join_path(path_, "images");
    std::map<std::string, std::int64_t> seen;  // views by floor
    std::vector<Sample> samples;
    for (Sample& sample : samples_of_folders(is_folder(images) ? images : path_)) {
      const bool train = seen[sample.labels.front().key]++ < train_views_;
      if (split_ == "all" || train == (split_ == "train")) samples.push_back(std::move(sample));
    }
    return not_empty(std::move(samples), path_);
  }

  std::string path_, split_;
  std::int64_t train_views_;
  bool painted_;
};

}  // namespace

std::unique_ptr<Dataset> make_floors(Params& params) {
  return std::make_unique<Floors>(params);
}

}  // namespace assay
