#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

#include "harness/data/label_files.h"
#include "harness/data/layouts.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

/// The floor of a view, as text: what the first word of a network's class line is compared with.
std::string floor_of(const Sample& sample) {
  return word_of(sample.labels.front());
}

/// DIR/WHAT/FLOOR/VIEW.png for DIR/images/FLOOR/VIEW.*.
fs::path beside_images(const fs::path& folder, const char* what, const Sample& sample) {
  const fs::path image = fs::path(sample.path).lexically_normal();
  return folder / what / image.parent_path().filename() / image.stem().concat(".png");
}

/// Numbers in the order of their values, before names.
bool comes_first(const std::string& a, const std::string& b) {
  const auto number = [](const std::string& text) { return is_index(text) ? std::stod(text) : INFINITY; };
  return std::pair(number(a), a) < std::pair(number(b), b);
}

/// Every view gets the name of its floor and the place of that floor among all.
void name_floors(std::vector<Sample>& samples, const std::string& path) {
  std::vector<std::string> floors;
  for (const Sample& sample : samples)
    if (const std::string floor = floor_of(sample); std::ranges::find(floors, floor) == floors.end()) {
      if (floor.find_first_of(" \t") != std::string::npos)
        throw DataError(
            fmt::format("{}: '{}': the name of a floor has no blanks; rename the folder", path, floor));
      floors.push_back(floor);
    }
  std::ranges::sort(floors, comes_first);
  for (Sample& sample : samples) {
    const std::string floor = floor_of(sample);
    sample.labels = {{std::ranges::find(floors, floor) - floors.begin(), floor}};
  }
}

class Floors : public Dataset {
 public:
  explicit Floors(Params& params)
      : path_(params.require<std::string>(
            "path", "folder with one folder of views a floor, in it or in its images/, or a list file")),
        split_(params.choice("split", "all", {"train", "test", "all"},
                             "the lists train.txt and test.txt of the folder; without them the first views "
                             "of every floor, by name or in the order of the list, are for training")),
        train_views_(params.get<std::int64_t>("train_views", 3, "views a floor for training")),
        painted_(params.get("painted", false,
                            "the same views with their objects painted out, DIR/painted/FLOOR/VIEW.png")) {}

  std::vector<Sample> samples() const override {
    const bool is_list = fs::is_regular_file(path_);
    const fs::path folder = is_list ? fs::path(path_).parent_path() : fs::path(path_);
    std::vector<Sample> samples = is_list       ? first_are_for_training(samples_of_list(path_))
                                  : has_lists() ? of_lists()
                                                : first_are_for_training(samples_of_folders(images()));
    for (Sample& sample : samples) {
      if (const fs::path mask = beside_images(folder, "objects", sample); fs::exists(mask))
        sample.regions.push_back({sample.labels.front(), mask.string()});
      if (!painted_) continue;
      sample.path = beside_images(folder, "painted", sample).string();
      sample.name = fs::path(sample.path).lexically_relative(folder).generic_string();
    }
    return samples;
  }

 private:
  std::string list(const char* split) const { return join_path(path_, std::string(split) + ".txt"); }

  bool has_lists() const {
    const bool train = fs::exists(list("train")), test = fs::exists(list("test"));
    if (train != test)
      throw DataError(fmt::format("{}: is missing beside the other list", list(train ? "test" : "train")));
    if (!train && fs::exists(join_path(path_, "floors.json")))
      throw DataError(fmt::format("{}: rendering did not end; run assay floors again", path_));
    return train;
  }

  std::string images() const {
    const std::string inside = join_path(path_, "images");
    return is_folder(inside) ? inside : path_;
  }

  bool is_wanted(bool train) const { return split_ == "all" || train == (split_ == "train"); }

  std::vector<Sample> of_lists() const {
    std::vector<Sample> all = samples_of_list(list("train"));
    const std::size_t train_size = all.size();
    for (Sample& sample : samples_of_list(list("test"))) all.push_back(std::move(sample));
    name_floors(all, path_);
    std::vector<Sample> samples;
    for (std::size_t i = 0; i < all.size(); ++i)
      if (is_wanted(i < train_size)) samples.push_back(std::move(all[i]));
    return samples;
  }

  std::vector<Sample> first_are_for_training(std::vector<Sample> all) const {
    name_floors(all, path_);
    std::map<std::string, std::int64_t> seen;  // views by floor
    std::vector<Sample> samples;
    for (Sample& sample : all)
      if (is_wanted(seen[floor_of(sample)]++ < train_views_)) samples.push_back(std::move(sample));
    if (samples.empty())
      throw DataError(fmt::format("{}: no views are left for split '{}': {} of every floor are for training",
                                  path_, split_, train_views_));
    return samples;
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
