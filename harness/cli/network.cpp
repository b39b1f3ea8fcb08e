#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "harness/cli/accuracy.h"
#include "harness/cli/command.h"
#include "harness/cli/key_values.h"
#include "harness/core/error.h"
#include "harness/network/load.h"
#include "harness/network/summary.h"
#include "harness/network/tensor.h"

namespace assay {
namespace {

struct NetworkRequest {
  std::string path;
  std::string images;
  std::string kind = "labels-csv";
  std::vector<std::string> params;
  std::string predictions;
  std::size_t limit = 0;  // 0 = all
  std::int64_t batch = 16;
  int threads = 1;
};

std::string metric(std::int64_t count) {
  constexpr std::array<std::pair<double, const char*>, 3> kUnits{{{1e9, "G"}, {1e6, "M"}, {1e3, "k"}}};
  const auto value = static_cast<double>(count);
  for (const auto& [factor, unit] : kUnits)
    if (value >= factor) return fmt::format("{:.2f} {}", value / factor, unit);
  return std::to_string(count);
}

std::string size_text(std::int64_t count) {
  return count == 0 ? "" : metric(count);
}

void print_preprocess(const Preprocess& p) {
  constexpr std::array kResizes{"none", "warp", "short side"};
  constexpr std::array kCrops{"none", "center", "top-left"};
  fmt::print("input        3x{}x{} {}\n", p.height, p.width, p.bgr ? "BGR" : "RGB");
  std::string resize = kResizes[static_cast<std::size_t>(p.resize)];
  if (p.resize != Preprocess::Resize::none) resize += fmt::format(" to {}", p.resize_size);
  if (p.top_left_square) resize = "top-left square of the short side";
  fmt::print("resize       {}, crop {}\n", resize, kCrops[static_cast<std::size_t>(p.crop)]);
  const std::string mean =
      p.mean_image.defined() ? "mean image" : fmt::format("({:.6g})", fmt::join(p.mean, ", "));
  fmt::print("normalise    (pixel * {:.6g} - {}) / ({:.6g})\n", p.pre_scale, mean, fmt::join(p.std, ", "));
}

void print_layers(const std::vector<LayerSummary>& rows) {
  std::size_t name = 5, kind = 4;
  for (const LayerSummary& row : rows) {
    name = std::max(name, row.name.size());
    kind = std::max(kind, row.kind.size());
  }
  std::int64_t parameters = 0, multiply_adds = 0;
  const auto print = [&](std::string_view a, std::string_view b, std::string_view shape,
                         std::string_view count, std::string_view flops) {
    std::string line =
        fmt::format("{:<{}}  {:<{}}  {:<14} {:>12} {:>12}", a, name, b, kind, shape, count, flops);
    line.erase(line.find_last_not_of(' ') + 1);
    fmt::print("{}\n", line);
  };
  print("layer", "kind", "output", "parameters", "FLOPs");
  for (const LayerSummary& row : rows) {
    print(row.name, row.kind, fmt::format("{}", fmt::join(row.shape, "x")), size_text(row.parameters),
          size_text(2 * row.multiply_adds));
    parameters += row.parameters;
    multiply_adds += row.multiply_adds;
  }
  print(fmt::format("{} layers", rows.size()), "", "", metric(parameters), metric(2 * multiply_adds));
}

void print_network(const Network& network) {
  fmt::print("network      {}\n", network.name());
  print_preprocess(network.preprocess());
  const std::vector<std::string>& classes = network.classes();
  fmt::print("outputs      {} ({})\n", network.outputs(),
             classes.empty() ? "no class list" : fmt::format("{} ... {}", classes.front(), classes.back()));
  fmt::print("hash         {}\n\n", network.hash().hex());
  print_layers(summarise(network));
}

Params dataset_params(const NetworkRequest& request) {
  Json values = key_values("--param", request.params);
  values["path"] = request.images;
  return Params(std::move(values));
}

std::vector<Sample> samples_of(const NetworkRequest& request) {
  Params params = dataset_params(request);
  const std::unique_ptr<Dataset> dataset =
      find_entry(datasets(), request.kind, Params(Json{{"kind", request.kind}}), "kind").make(params);
  params.finish();
  std::vector<Sample> samples = dataset->samples();
  if (request.limit > 0 && request.limit < samples.size()) samples.resize(request.limit);
  return samples;
}

void print_progress(std::size_t done, std::size_t total) {
  if (isatty(STDERR_FILENO)) fmt::print(stderr, "\r{} / {} images{}", done, total, done == total ? "\n" : "");
}

/// Whether every image could be judged.
bool measure(const NetworkRequest& request, const Network& network) {
  const std::vector<Sample> samples = samples_of(request);
  if (!request.predictions.empty())
    write_predictions({}, request.predictions);  // a wrong name fails before the work
  const std::vector<Judged> all =
      judge(network, samples, request.batch, [&](std::size_t done) { print_progress(done, samples.size()); });
  for (const Judged& judged : all)
    if (!judged.reason.empty()) fmt::print(stderr, "assay: left out: {}: {}\n", judged.file, judged.reason);
  const Accuracy accuracy = accuracy_of(all);
  const auto percent = [&](std::size_t count) {
    return 100.0 * static_cast<double>(count) /
           static_cast<double>(std::max<std::size_t>(accuracy.judged, 1));
  };
  fmt::print("images       {}\njudged       {} of {}\n", request.images, accuracy.judged, all.size());
  fmt::print("top-1        {:.1f} %\ntop-5        {:.1f} %\nmean p(true) {:.4f}\n", percent(accuracy.right),
             percent(accuracy.right5), accuracy.p_true);
  if (!request.predictions.empty()) {
    write_predictions(all, request.predictions);
    fmt::print("predictions  {}\n", request.predictions);
  }
  return accuracy.judged == all.size();
}

constexpr const char* kNetworkHelp =
    "PATH is a folder with model.json (docs/network-format.md), a TorchScript file, or "
    "builtin:NAME?seed=N.\n\n"
    "examples:\n"
    "  assay network models/googlenet_bvlc\n"
    "  assay network resnet50.pt --images val --kind ilsvrc-val --param labels=LOC_val_solution.csv --limit "
    "1000\n"
    "  assay network models/squeezenet_v1.1 --images images/imagenet_val --predictions predictions.csv";

void add_options(CLI::App& command, NetworkRequest& request) {
  command.add_option("path", request.path, "the network")->required()->type_name("PATH");
  CLI::Option* images =
      command.add_option("--images", request.images, "labelled images to classify, for top-1 and top-5")
          ->type_name("FOLDER|LIST");
  command.add_option("--kind", request.kind, "what --images is (assay list datasets)")
      ->needs(images)
      ->capture_default_str()
      ->type_name("KIND");
  command.add_option("--param", request.params, "another parameter of the dataset (repeatable)")
      ->needs(images)
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
  command.add_option("--limit", request.limit, "only the first N images")
      ->needs(images)
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  command.add_option("--batch", request.batch, "images in one forward pass")
      ->needs(images)
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->type_name("N");
  command
      .add_option("--threads", request.threads,
                  "CPU threads; 1 is what a run uses, unless it sets numerics.threads")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->type_name("N");
  command
      .add_option("--predictions", request.predictions,
                  "write the winner of every image: file,top1,right,p_true")
      ->needs(images)
      ->type_name("FILE.csv");
}

}  // namespace

void add_network(CLI::App& program, int& status) {
  auto request = std::make_shared<NetworkRequest>();
  CLI::App* command = program.add_subcommand(
      "network", "the layers of a network, and how well it classifies labelled images");
  add_options(*command, *request);
  command->footer(kNetworkHelp);
  command->callback([request, &status] {
    at::set_num_threads(request->threads);
    const Network network = load_network(request->path);
    print_network(network);
    if (request->images.empty()) return;
    fmt::print("\n");
    if (!measure(*request, network)) status = 1;
  });
}

}  // namespace assay
