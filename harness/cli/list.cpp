#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "harness/cli/command.h"
#include "harness/data/dataset.h"
#include "harness/network/load.h"
#include "harness/network/tensor.h"
#include "harness/run/protocols.h"
#include "methods/method.h"
#include "metrics/metric.h"
#include "metrics/scores.h"

namespace assay {
namespace {

void print_params(const std::vector<ParamDoc>& docs) {
  std::size_t key = 10, type = 0, fallback = 0;
  for (const ParamDoc& doc : docs) {
    key = std::max(key, doc.key.size());
    type = std::max(type, doc.type.size());
    fallback = std::max(fallback, doc.fallback.size());
  }
  for (const ParamDoc& doc : docs)
    fmt::print("    {:<{}}  {:<{}}  {:<{}}  {}\n", doc.key, key, doc.type, type, doc.fallback, fallback,
               doc.doc);
}

template <class T>
void print_entries(const std::vector<Entry<T>>& entries, const std::function<void(const T&, Params&)>& more) {
  for (const Entry<T>& entry : entries) {
    fmt::print("{}\n    {}\n", entry.name, entry.summary);
    Params params = Params::describing();
    more(*entry.make(params), params);
    print_params(params.docs());
  }
}

std::vector<ParamDoc> view_docs(const View& view) {
  Params params = Params::describing();
  read_view(params, view);
  return params.docs();
}

/// The view's keys once, at the end; with each method only those whose default it changes.
void list_methods() {
  const std::vector<ParamDoc> common = view_docs(View{});
  for (const Entry<Method>& entry : methods()) {
    Params params = Params::describing();
    const auto method = entry.make(params);
    std::vector<ParamDoc> docs = params.docs();
    const std::vector<ParamDoc> its = view_docs(method->view());
    for (std::size_t i = 0; i < its.size(); ++i)
      if (its[i].fallback != common[i].fallback) docs.push_back(its[i]);
    fmt::print("{}\n    {}\n", entry.name, entry.summary);
    print_params(docs);
  }
  fmt::print("\nevery method but agreement: how what it finds becomes a map\n");
  print_params(common);
  fmt::print(
      "\nA value may be a map by network name: layer: {{googlenet: pool2/3x3_s2, squeezenet: pool3}}.\n");
}

void list_metrics() {
  print_entries<Metric>(metrics(), [](const Metric& metric, Params&) {
    for (const Column& column : metric.columns())
      fmt::print("    column {:<20} {:<8} {}\n", column.name, column.unit, column.doc);
    for (const Column& curve : metric.curves())
      fmt::print("    curve  {:<20} {:<8} {}\n", curve.name, curve.unit, curve.doc);
  });
  fmt::print(
      "\nwhat the report makes of them; settings: key 'scores' of a protocol, 'assay report --scores'\n");
  print_entries<Scoring>(scorings(), [](const Scoring& scoring, Params&) {
    for (const ScoreInfo& score : scoring.scores())
      fmt::print("    score  {:<20} {}\n", score.name, score.doc);
  });
}

void list_datasets() {
  fmt::print("Keys beside the kind's own: name, count (0 = all), seed (of the draw).\n\n");
  print_entries<Dataset>(datasets(), [](const Dataset&, Params&) {});
}

void list_networks() {
  fmt::print(
      "path: FOLDER             model.json and model.safetensors (docs/network-format.md)\n"
      "path: FILE.pt            TorchScript; FILE.json beside it may say how images are prepared\n"
      "path: builtin:NAME       seeded random weights, builtin:NAME?seed=N; NAME is one of\n");
  for (const std::string& name : builtin_networks()) fmt::print("    {}\n", name);
  fmt::print(
      "keys beside path:\n"
      "    name   what tables call it\n"
      "    image  model (as the network says), center-crop, squash, authors (top-left square)\n"
      "    mean   model (as the network says), value (a channel), image\n"
      "    input  another side of the input, px\n"
      "    heads  none, full, part: a head for each cell of a mosaic of cells x cells inputs\n"
      "    cells  with heads; 2\n"
      "'assay network PATH' prints the layers of one.\n");
}

void list_protocols() {
  for (const Protocol& protocol : builtin_protocols()) {
    fmt::print("{}\n    {}\n    target {}\n", protocol.name, summary_of(protocol), protocol.target);
    const Json resolved = protocol.resolved();
    for (const char* group : {"methods", "metrics", "scores"})
      for (const auto& [name, settings] : resolved[group].items())
        fmt::print("    {:<8} {:<16} {}\n", group, name, settings.dump());
  }
  fmt::print(
      "own ones: {{name: NAME, like: paper, target: label, methods: {{occ: {{formula: literal}}}}, scores: "
      "...}}\n");
}

struct Lister {
  const char* what;
  const char* help;
  void (*print)();
};

constexpr Lister kListers[] = {
    {"methods", "explainers and controls", list_methods},
    {"metrics", "what is measured of a map, and the scores that reports make of it", list_metrics},
    {"networks", "built-in networks and the kinds of files", list_networks},
    {"datasets", "the layouts of images on disk that can be read", list_datasets},
    {"protocols", "named settings: which class, which averages, which exclusions", list_protocols}};

}  // namespace

void add_list(CLI::App& program, int& /*status*/) {
  CLI::App* command =
      program.add_subcommand("list", "what a configuration can name, with parameters and defaults");
  command->require_subcommand(1);
  for (const Lister& lister : kListers)
    command->add_subcommand(lister.what, lister.help)->callback(lister.print);
  command->footer("examples:\n  assay list methods\n  assay list protocols");
}

}  // namespace assay
