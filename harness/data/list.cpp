#include <fmt/format.h>

#include <filesystem>
#include <set>

#include "harness/data/label_files.h"
#include "harness/data/layouts.h"

namespace assay {
namespace {

/// The last word holds the labels, so that file names may contain blanks.
Sample read_line(const TextLine& line, const std::string& file, const std::string& root) {
  const auto blank = line.text.find_last_of(" \t");
  if (blank == std::string::npos) fail_at(file, line.number, "expected 'image label'");
  const std::string name = line.text.substr(0, line.text.find_last_not_of(" \t", blank) + 1);
  Sample sample{name, join_path(root, name), {}};
  for (const std::string& word : split(line.text.substr(blank + 1), ';')) {
    if (word.empty()) fail_at(file, line.number, "a label is empty");
    sample.labels.push_back(is_index(word) ? Label{parse_index(word, file, line.number), ""}
                                           : Label{-1, word});
  }
  return sample;
}

class List : public Dataset {
 public:
  explicit List(Params& params)
      : file_(params.require<std::string>(
            "path",
            "text file with 'image label' or 'image label;label' lines; a label is a "
            "class index or the first word of a class line; # starts a comment line")),
        root_(params.get<std::string>("root", "",
                                      "folder that the images are relative to; default: that of the list")) {}

  std::vector<Sample> samples() const override { return samples_of_list(file_, root_); }

 private:
  std::string file_, root_;
};

}  // namespace

std::vector<Sample> samples_of_list(const std::string& file, const std::string& root) {
  const std::string folder = root.empty() ? std::filesystem::path(file).parent_path().string() : root;
  std::vector<Sample> samples;
  std::set<std::string> names;
  for (const TextLine& line : read_lines(file)) {
    if (line.text.starts_with('#')) continue;
    samples.push_back(read_line(line, file, folder));
    if (!names.insert(samples.back().name).second)
      fail_at(file, line.number, fmt::format("{} is listed twice", samples.back().name));
  }
  return not_empty(std::move(samples), file);
}

std::unique_ptr<Dataset> make_list(Params& params) {
  return std::make_unique<List>(params);
}

}  // namespace assay
