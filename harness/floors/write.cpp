#include "harness/floors/write.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <span>
#include <vector>

#include "harness/core/error.h"

namespace assay {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kDescription = "floors.json";

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw DataError(fmt::format("{}: {}", folder.string(), error.message()));
}

void write_file(const fs::path& file, std::span<const char> bytes) {
  errno = 0;
  std::ofstream stream(file, std::ios::binary);
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  stream.close();
  if (!stream) throw DataError(fmt::format("{}: cannot be written: {}", file.string(), std::strerror(errno)));
}

void write_png(const fs::path& file, const cv::Mat& image) {
  std::vector<unsigned char> bytes;
  cv::imencode(".png", image, bytes);
  write_file(file, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::string description(const FloorOptions& options) {
  return Json{{"renderer", "assay floors"}, {"version", kFloorsVersion}, {"seed", options.seed}}.dump(2) +
         "\n";
}

/// Refuses a folder with anything but what the same options wrote.
void check_folder(const fs::path& folder, const FloorOptions& options) {
  std::error_code error;
  if (!fs::exists(folder, error)) return;
  if (!fs::is_directory(folder, error))
    throw ConfigError(fmt::format("{}: is not a folder; name another one", folder.string()));
  const bool empty = fs::is_empty(folder, error);
  if (error) throw DataError(fmt::format("{}: {}", folder.string(), error.message()));
  if (empty) return;
  const fs::path file = folder / kDescription;
  if (!fs::exists(file, error))
    throw ConfigError(fmt::format("{}: is not empty and holds no floors ({}); name an empty or new folder",
                                  folder.string(), kDescription));
  std::ifstream stream(file, std::ios::binary);
  const std::string there{std::istreambuf_iterator<char>(stream), {}};
  if (there != description(options))
    throw ConfigError(
        fmt::format("{}: the floors there are of another seed or version; name another folder "
                    "or remove this one",
                    file.string()));
}

std::string name_of(const std::string& folder, int floor, int view) {
  return fmt::format("{}/{}/{}.png", folder, floors().at(floor).name, view);
}

void make_folders(const fs::path& folder, bool painted) {
  for (const Floor& floor : floors()) {
    make_folder(folder / "images" / floor.name);
    make_folder(folder / "objects" / floor.name);
    if (painted) make_folder(folder / "painted" / floor.name);
  }
}

/// The text files of the data set, line by line.
struct Tables {
  std::string regions = "image,class,left,top,width,height,mask\n", train, test;

  void add(int floor, int view, const cv::Rect& box) {
    const std::string image = name_of("images", floor, view), &name = floors().at(floor).name;
    regions += fmt::format("{},{},{},{},{},{},{}\n", image, name, box.x, box.y, box.width, box.height,
                           name_of("objects", floor, view));
    (view < kTrainViews ? train : test) += fmt::format("{} {}\n", image, name);
  }
};

}  // namespace

ColourBaselines write_floors(const std::string& folder, const FloorOptions& options) {
  cv::setNumThreads(0);  // one
  const fs::path root(folder);
  check_folder(root, options);
  make_folders(root, options.painted);
  write_file(root / kDescription, description(options));
  const auto colours = std::make_unique<FloorColours>();
  Tables tables;
  for (int floor = 0; floor < kFloors; ++floor)
    for (int view = 0; view < kViews; ++view) {
      const FloorView seen = render_floor(options.seed, floor, view);
      write_png(root / name_of("images", floor, view), seen.image);
      write_png(root / name_of("objects", floor, view), seen.object);
      if (options.painted)
        write_png(root / name_of("painted", floor, view),
                  render_floor(options.seed, floor, view, false).image);
      colours->at(floor).at(view) = colours_of(seen.image);
      tables.add(floor, view, seen.box);
      options.on_view();
    }
  write_file(root / "regions.csv", tables.regions);
  write_file(root / "train.txt", tables.train);
  write_file(root / "test.txt", tables.test);
  return colour_baselines(*colours);
}

}  // namespace assay
