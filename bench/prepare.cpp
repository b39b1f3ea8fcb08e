#include <fmt/format.h>

#include <memory>
#include <set>

#include "bench/commands.h"
#include "bench/table1.h"
#include "harness/data/decode.h"
#include "harness/network/load.h"
#include "harness/vision/vision.h"
#include "methods/map.h"
#include "methods/method.h"
#include "metrics/bases.h"
#include "metrics/masks.h"

namespace assay::bench {
namespace {

constexpr const char* kBases[] = {"gaussian", "zero"};
constexpr double kRhos[] = {0.25, 0.05};

struct PrepareRequest {
  std::string network, images, out, layer, contrast;
  std::int64_t count = 1, skip = 0, least = 300, most = 450, limit = 100;
  int batch = 32;
};

Tensor map_by(const std::string& method, Json settings, Subject& subject, const Query& query) {
  Params params(std::move(settings));
  const auto made = find_entry(methods(), method, params, "").make(params);
  if (const auto problem = made->unsupported(subject.network())) throw ConfigError(*problem);
  const View view = read_view(params, made->view());
  return map_of(view, made->attribute(subject, {&query, 1}).raw, subject);
}

/// The rows of Table 1 by name.
std::vector<std::pair<std::string, Explanation>> explanations(const PrepareRequest& request, Subject& subject,
                                                              const Query& query) {
  std::map<std::string, Tensor> maps;
  for (const int patch : {10, 50, 100})
    maps[fmt::format("occ {}", patch)] = map_by("occ", {{"patch", patch}}, subject, query);
  for (const int dilations : {0, 2, 5})
    maps[fmt::format("grad {}", dilations)] = map_by("grad", {{"dilations", dilations}}, subject, query);
  maps["C-MWP"] = map_by("c-mwp", {{"layer", request.layer}, {"contrast", request.contrast}}, subject, query);
  std::vector<std::pair<std::string, Explanation>> rows;
  for (const auto& [name, map] : maps) rows.push_back({name, {{map}, {query}}});
  rows.push_back({"grad+occ", {{maps["grad 5"], maps["occ 10"]}, {query}}});
  rows.push_back({"C-MWP+grad", {{maps["C-MWP"], maps["grad 5"]}, {query}}});
  rows.push_back({"C-MWP+occ", {{maps["C-MWP"], maps["occ 10"]}, {query}}});
  return rows;
}

/// How many images the growth loops look at: masks judged one by one and the bases, and the different ones
/// among them.
void count_forwards(PreparedImage& image, const std::vector<Growth>& growths) {
  std::set<std::pair<Hash, std::int64_t>> distinct;
  const auto look = [&](const Tensor& mask, std::int64_t base) {
    const bool whole = mask.all().item<bool>();
    distinct.insert({hash_bytes(mask.data_ptr(), static_cast<std::size_t>(mask.numel())), whole ? -1 : base});
    ++image.growth_forwards;
  };
  const Tensor empty = at::zeros_like(image.masks[0]);
  for (std::int64_t base = 0; base < image.bases.size(0); ++base) look(empty, base);
  for (std::size_t i = 0; i < growths.size(); ++i) {
    Tensor mask = image.masks[static_cast<std::int64_t>(i)].clone();
    const std::int64_t judged = growths[i].steps + (growths[i].reached ? 1 : 0);
    for (std::int64_t step = 0; step < judged; ++step) {
      look(mask, image.base_of[static_cast<std::int64_t>(i)].item<std::int64_t>());
      mask = dilate(mask, 1).contiguous();
    }
  }
  image.growth_distinct = static_cast<std::int64_t>(distinct.size());
}

void add_tasks(PreparedImage& image, const PrepareRequest& request, Subject& subject, const Query& query) {
  std::vector<Tensor> masks;
  std::vector<std::int64_t> base_of;
  for (const auto& [name, explanation] : explanations(request, subject, query))
    for (const double rho : kRhos) {
      const Tensor mask = explanation_mask(explanation, 0, {.rho = rho}, subject.seed(0));
      for (std::size_t base = 0; base < std::size(kBases); ++base) {
        masks.push_back(mask.to(at::kByte));
        base_of.push_back(static_cast<std::int64_t>(base));
        image.labels.push_back(fmt::format("{} rho={} base={}", name, rho, kBases[base]));
      }
    }
  image.masks = at::stack(masks);
  image.base_of = at::tensor(base_of, at::kLong);
}

PreparedImage prepare_image(const PrepareRequest& request, const Network& network, const Sample& sample) {
  PreparedImage image;
  image.name = sample.name;
  image.pixels = decode(sample.path, network.preprocess()).to(at::kFloat);
  Subject subject(network, image.pixels.unsqueeze(0), {sample.name}, /*seed=*/1, {.batch = request.batch});
  image.target = subject.predicted(0);
  std::vector<Tensor> bases;
  for (const char* base : kBases) bases.push_back(base_images(parse_base(base), subject.pixels())[0]);
  image.bases = at::stack(bases);
  add_tasks(image, request, subject, {.image = 0, .target = image.target});
  const std::vector<Growth> growths = grow_prepared(subject, image, request.limit);
  image.steps = steps_of(growths);
  std::vector<double> margins;
  for (const Growth& growth : growths) margins.push_back(growth.margin_min);
  image.margins = at::tensor(margins, at::kDouble);
  count_forwards(image, growths);
  return image;
}

std::vector<Sample> samples_of(const PrepareRequest& request) {
  Params params(Json{{"path", request.images}});
  std::vector<Sample> samples = find_entry(datasets(), "labels-csv", params, "").make(params)->samples();
  if (request.skip >= static_cast<std::int64_t>(samples.size()))
    throw ConfigError(
        fmt::format("--skip {}: {} has {} images", request.skip, request.images, samples.size()));
  samples.erase(samples.begin(), samples.begin() + request.skip);
  return samples;
}

void prepare(const PrepareRequest& request) {
  const Network network = load_network(request.network);
  Prepared prepared;
  prepared.limit = request.limit;
  for (const std::int64_t size : {10, 50, 100}) {
    const std::vector<Square> squares = squares_on_grid(network, size, /*stride=*/10);
    prepared.squares.insert(prepared.squares.end(), squares.begin(), squares.end());
  }
  for (const Sample& sample : samples_of(request)) {
    if (static_cast<std::int64_t>(prepared.images.size()) == request.count) break;
    PreparedImage image = prepare_image(request, network, sample);
    const bool taken = image.growth_forwards >= request.least && image.growth_forwards <= request.most;
    fmt::print("{}: class {}, {} growth loops, {} forwards ({} distinct): {}\n", image.name, image.target,
               image.labels.size(), image.growth_forwards, image.growth_distinct,
               taken ? "taken" : "left out");
    std::fflush(stdout);
    if (taken) prepared.images.push_back(std::move(image));
  }
  if (prepared.images.empty())
    throw DataError("no image has that many growth forwards; see --growth-least, --growth-most");
  write_prepared(prepared, network, request.out);
}

}  // namespace

void add_prepare(CLI::App& program) {
  auto request = std::make_shared<PrepareRequest>();
  CLI::App* command = program.add_subcommand("prepare", "make the work of Table 1 that all sides then do");
  command->add_option("network", request->network, "folder, TorchScript file or builtin:NAME?seed=N")
      ->required();
  command->add_option("out", request->out, "folder to write")->required();
  command->add_option("--images", request->images, "folder with labels.csv")->required();
  command->add_option("--layer", request->layer, "of c-mwp: layer that is mapped")->required();
  command->add_option("--contrast", request->contrast, "of c-mwp: layer of the dual")->required();
  command->add_option("--count", request->count, "images to take")->capture_default_str();
  command->add_option("--skip", request->skip, "images to pass over first")->capture_default_str();
  command->add_option("--growth-least", request->least, "take images with at least so many growth forwards")
      ->capture_default_str();
  command->add_option("--growth-most", request->most, "and at most so many")->capture_default_str();
  command->add_option("--limit", request->limit, "dilations of a growth loop at most")->capture_default_str();
  command->add_option("--batch", request->batch, "images of one forward")->capture_default_str();
  command->callback([request] { prepare(*request); });
}

}  // namespace assay::bench
