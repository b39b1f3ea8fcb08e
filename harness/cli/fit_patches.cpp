#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <memory>

#include "harness/cli/command.h"
#include "harness/core/error.h"
#include "harness/core/seed.h"
#include "harness/data/decode.h"
#include "harness/network/load.h"
#include "harness/network/tensor.h"
#include "harness/run/progress.h"
#include "harness/run/subjects.h"
#include "methods/patch_statistics.h"

namespace assay {
namespace {

constexpr std::size_t kImagesAtOnce = 16;  // decoded ahead

struct PatchRequest {
  std::string config, dataset, folder, network, output;
  std::vector<std::string> overrides;
  std::int64_t patches = 20'000, side = 14, keep = 16, limit = 0;
  std::uint64_t seed = 1;
};

/// One sample a picture, and the network to whose input they are brought.
struct PatchSource {
  Network network;
  std::vector<Sample> pictures;
};

/// The thing of that name; the only one there is when no name is given.
template <class T>
const T& thing_named(const std::vector<T>& things, const std::string& name, const std::string& option) {
  if (name.empty() && things.size() == 1) return things.front();
  const auto found = std::ranges::find(things, name, &T::name);
  if (found != things.end()) return *found;
  std::vector<std::string> known;
  for (const T& thing : things) known.push_back(thing.name);
  throw ConfigError(fmt::format("{} {}: the configuration has no such name; known: {}", option,
                                name.empty() ? "(not given)" : name, nearest_names(name, known)));
}

PatchSource source_of_configuration(const PatchRequest& request) {
  const Config config = load_config(request.config, request.overrides);
  Json resolved = Json::array();
  const std::vector<NamedDataset> datasets = read_datasets(config, request.limit, resolved);
  const std::vector<NamedNetwork> networks = read_networks(config, resolved);
  PatchSource source{thing_named(networks, request.network, "--network").network, {}};
  const std::vector<Sample>& samples = thing_named(datasets, request.dataset, "--dataset").samples;
  const std::vector<std::size_t> starts = picture_starts(samples);
  for (std::size_t i = 0; i + 1 < starts.size(); ++i) source.pictures.push_back(samples[starts[i]]);
  return source;
}

bool is_image_name(const std::filesystem::path& path) {
  constexpr std::array<std::string_view, 6> kEndings{".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".webp"};
  std::string ending = path.extension().string();
  std::ranges::transform(ending, ending.begin(), [](unsigned char c) { return std::tolower(c); });
  return std::ranges::find(kEndings, ending) != kEndings.end();
}

/// The image files below a folder, by name.
std::vector<Sample> images_below(const std::string& folder) {
  std::vector<Sample> images;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error))
    if (entry->is_regular_file() && is_image_name(entry->path()))
      images.push_back({.name = std::filesystem::relative(entry->path(), folder).generic_string(),
                        .path = entry->path().string(),
                        .labels = {}});
  if (error) throw DataError(fmt::format("{}: cannot be read: {}", folder, error.message()));
  if (images.empty()) throw DataError(fmt::format("{}: there is no image in it", folder));
  std::ranges::sort(images, {}, &Sample::name);
  return images;
}

PatchSource source_of(const PatchRequest& request) {
  if (request.config.empty() == request.folder.empty())
    throw ConfigError("fit-patches: name either --images FOLDER or --config CONFIG.yaml");
  if (!request.config.empty()) return source_of_configuration(request);
  if (request.network.empty())
    throw ConfigError("fit-patches: --images needs --network, to whose input size images are brought");
  PatchSource source{load_network(request.network), images_below(request.folder)};
  source.pictures = subset(std::move(source.pictures), request.limit, request.seed);
  return source;
}

void check_side(const PatchRequest& request, const Preprocess& p) {
  if (request.side > p.height || request.side > p.width)
    throw ConfigError(fmt::format("--side {}: does not fit into the network's input of {}x{}", request.side,
                                  p.height, p.width));
}

/// Every picture gives as many patches, or one more; what cannot be read is named and gives none.
PatchFit gather(const PatchRequest& request, const PatchSource& source, int& status) {
  const Preprocess& p = source.network.preprocess();
  const std::vector<Sample>& pictures = source.pictures;
  const std::int64_t count = std::ssize(pictures);
  PatchFit fit(p.height, p.width, request.side, request.keep);
  Progress progress("fit patches", static_cast<double>(count), pictures.size());
  Prefetcher prefetcher(p, 2);
  for (std::size_t first = 0; first < pictures.size(); first += kImagesAtOnce) {
    const auto block = std::span(pictures).subspan(first, std::min(kImagesAtOnce, pictures.size() - first));
    prefetcher.push({block.begin(), block.end()});
  }
  for (std::int64_t i = 0; i < count;) {
    for (const Decoded& image : prefetcher.pop()) {
      const std::string& name = pictures[static_cast<std::size_t>(i)].name;
      const std::int64_t patches = request.patches / count + (i < request.patches % count ? 1 : 0);
      if (image.reason.empty()) {
        fit.add(p.bgr ? image.pixels.flip(0) : image.pixels, patches,
                mix_seed(mix_seed(request.seed, "fit-patches"), name));
      } else {
        fmt::print(stderr, "assay: left out: {}: {}\n", name, image.reason);
        status = 1;
      }
      progress.add(1);
      ++i;
    }
  }
  progress.finish();
  return fit;
}

void fit_patches(const PatchRequest& request, int& status) {
  const PatchSource source = source_of(request);
  const Preprocess& p = source.network.preprocess();
  check_side(request, p);
  const PatchFit fit = gather(request, source, status);
  if (fit.patches() == 0) throw DataError("fit-patches: no image could be read");
  const PatchStatistics statistics = fit.finish();
  save_patches(statistics, request.output);
  fmt::print("{}: {} patches of {} x {} px from {} images at {} x {}; {} images kept\n", request.output,
             fit.patches(), request.side, request.side, fit.images(), p.height, p.width,
             statistics.images.size(0));
}

constexpr const char* kFitHelp =
    "Fits a Gaussian to patches of images at the network's input size, one for each colour channel, and "
    "keeps\nthe first images: what the method prediction-difference samples from, given the pixels around a "
    "window\n(sampling: conditional), or from the same place of other images (marginal). Take images that "
    "are not\nexplained. Exit status: 0, 1 when an image could not be read.\n\n"
    "examples:\n"
    "  assay fit-patches --images val --network models/googlenet_bvlc --output patches.safetensors\n"
    "  assay fit-patches --config configs/table1-imagenet.yaml --dataset imagenet --network googlenet \\\n"
    "      --output patches.safetensors";

void add_patch_options(CLI::App& command, PatchRequest& request) {
  command.add_option("--images", request.folder, "every image file below this folder")->type_name("FOLDER");
  command.add_option("--config", request.config, "take dataset and network from a configuration")
      ->type_name("CONFIG.yaml");
  command.add_option("--dataset", request.dataset, "with --config: its name; the only one if not given")
      ->type_name("NAME");
  command
      .add_option("--network", request.network,
                  "a network's path; with --config its name there, the only one if not given")
      ->type_name("NETWORK");
  command.add_option("-o,--output", request.output, "the file to write")
      ->required()
      ->type_name("FILE.safetensors");
  command.add_option("--patches", request.patches, "random patches, spread over the images")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->type_name("N");
  command.add_option("--side", request.side, "of a patch, px: the method's context")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{64}))
      ->capture_default_str()
      ->type_name("L");
  command.add_option("--keep", request.keep, "images kept for marginal sampling")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str()
      ->type_name("N");
  command.add_option("--limit", request.limit, "only so many images: with --config the first, else drawn")
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  command.add_option("--seed", request.seed, "of the places of patches")->capture_default_str();
  command.add_option("--set", request.overrides, "with --config: another value for a key (repeatable)")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
  command.footer(kFitHelp);
}

}  // namespace

void add_fit_patches(CLI::App& program, int& status) {
  auto request = std::make_shared<PatchRequest>();
  CLI::App* command = program.add_subcommand(
      "fit-patches", "learn what patches of images look like, for the method prediction-difference");
  add_patch_options(*command, *request);
  command->callback([request, &status] { fit_patches(*request, status); });
}

}  // namespace assay
