#include <fmt/format.h>

#include <filesystem>
#include <map>

#include "harness/data/label_files.h"

namespace assay {
namespace {

class Places365Val : public Dataset {
 public:
  explicit Places365Val(Params& params)
      : folder_(params.require<std::string>("path", "folder of Places365_val_*.jpg")),
        labels_(params.get<std::string>(
            "labels", "",
            "list of 'image index' lines; default: places365_val.txt in that folder or beside "
            "it")) {}

  std::vector<Sample> samples() const override {
    const std::vector<std::string> images = images_in(folder_);
    const std::string file = labels_.empty() ? default_list() : labels_;
    const std::map<std::string, std::int64_t> labels = read_list(file);
    std::vector<Sample> samples;
    for (const std::string& image : images) {
      if (!image.starts_with("Places365_val_")) continue;
      const auto found = labels.find(image);
      if (found == labels.end()) throw DataError(fmt::format("{}: no label for {}", file, image));
      samples.push_back({image, join_path(folder_, image), {{found->second, ""}}});
    }
    return not_empty(std::move(samples), folder_);
  }

 private:
  std::string default_list() const {
    const std::string inside = join_path(folder_, "places365_val.txt");
    if (std::filesystem::exists(inside)) return inside;
    return (std::filesystem::absolute(join_path(folder_, ".")).parent_path().parent_path() /
            "places365_val.txt")
        .string();
  }

  static std::map<std::string, std::int64_t> read_list(const std::string& file) {
    std::map<std::string, std::int64_t> labels;
    for (const TextLine& line : read_lines(file)) {
      const std::string image = first_word(line.text);
      const std::string index = first_word(std::string_view(line.text).substr(image.size()));
      if (index.empty()) fail_at(file, line.number, "expected 'image index'");
      labels[image] = parse_index(index, file, line.number);
    }
    return labels;
  }

  std::string folder_, labels_;
};

}  // namespace

std::unique_ptr<Dataset> make_places365_val(Params& params) {
  return std::make_unique<Places365Val>(params);
}

}  // namespace assay
