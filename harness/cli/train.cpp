#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>

#include "harness/cli/accuracy.h"
#include "harness/cli/command.h"
#include "harness/core/error.h"
#include "harness/network/load.h"
#include "harness/network/summary.h"
#include "harness/run/progress.h"
#include "harness/store/files.h"
#include "harness/train/training.h"

namespace assay {
namespace {

constexpr std::int64_t kTestBatch = 16;
constexpr const char* kReport = "report.json";

std::string in_folder(const std::string& folder, const char* name) {
  return (std::filesystem::path(folder) / name).string();
}

void print_origins(const std::vector<LayerOrigin>& origins) {
  std::vector<std::string> given;
  for (const LayerOrigin& origin : origins)
    if (origin.given) given.push_back(origin.layer);
  if (!origins.empty()) fmt::print("given        {}\n", fmt::join(given, " "));
  for (const LayerOrigin& origin : origins)
    if (!origin.given) fmt::print("drawn        {}: {}\n", origin.layer, origin.why);
}

void print_plan(const TrainRequest& request, const Training& training, int threads) {
  const Network network = training.network();
  std::int64_t parameters = 0;
  for (const LayerSummary& layer : summarise(network)) parameters += layer.parameters;
  fmt::print("views        {} for training, {} for the test; floors {}\n", training.views(),
             training.test_samples().size(), fmt::join(network.classes(), " "));
  fmt::print("network      {}, {:.2f} M parameters, {:.2f} G multiply-adds a forward, seed {}\n",
             request.size, static_cast<double>(parameters) / 1e6,
             static_cast<double>(multiply_adds(network)) / 1e9, request.seed);
  print_origins(training.origins());
  const Recipe& recipe = training.recipe();
  fmt::print("schedule     {}: {} a step, at most {} epochs, {} threads\n", recipe.name,
             recipe.pairs_a_step == 1 ? "one pair" : fmt::format("{} pairs", recipe.pairs_a_step),
             recipe.epochs, threads);
  if (const std::int64_t done = training.trainer().epochs_done(); done > 0)
    fmt::print("going on     after epoch {}\n", done);
  std::fflush(stdout);
}

void print_epoch(const EpochRow& row, std::int64_t epochs) {
  const double left = row.seconds / static_cast<double>(row.epoch) * static_cast<double>(epochs - row.epoch);
  fmt::print(
      "epoch {:>4}   loss {:.4f}, {:5.1f} % of the crops right, verified {:5.1f} % at {:.4f}; {}, at "
      "most {} left\n",
      row.epoch, row.loss, 100 * row.accuracy, 100 * row.verified, row.verified_loss,
      readable_duration(row.seconds), readable_duration(left));
  std::fflush(stdout);
}

Json to_json(const Judged& judged, const std::vector<std::string>& classes, const Sample& sample) {
  Json json = {{"view", judged.file}, {"floor", sample.labels.front().key}};
  if (!judged.reason.empty()) return json["reason"] = judged.reason, json;
  json["predicted"] = classes.at(judged.top1);
  json["p"] = judged.p_top1;
  return json;
}

std::vector<Judged> judge_all(const Network& network, const std::vector<Sample>& samples) {
  return judge(network, samples, kTestBatch, [](std::size_t) {});
}

/// How the probability of the right floor changes when the object that tells it is painted out, over the
/// views that could be read both ways.
Json painted_out(const std::vector<Judged>& seen, const std::vector<Judged>& painted) {
  std::vector<Judged> before, after;
  std::int64_t lower = 0;
  for (std::size_t i = 0; i < painted.size(); ++i) {
    if (!seen[i].reason.empty() || !painted[i].reason.empty()) continue;
    before.push_back(seen[i]);
    after.push_back(painted[i]);
    lower += painted[i].p_true < seen[i].p_true;
  }
  if (before.empty()) return nullptr;
  return {{"views", before.size()},
          {"lower", lower},
          {"p_seen", accuracy_of(before).p_true},
          {"p_painted_out", accuracy_of(after).p_true},
          {"right_painted_out", accuracy_of(after).right}};
}

Json report_of(const TrainRequest& request, const Training& training, int threads) {
  const EpochRow& last = training.trainer().state().rows.back();
  return {{"identity", training.identity().hex()},
          {"network_hash", training.network().hash().hex()},
          {"size", request.size},
          {"seed", request.seed},
          {"threads", threads},
          {"recipe", to_json(training.recipe())},
          {"epochs", last.epoch},
          {"learned", training.trainer().is_learned()},
          {"verified", last.verified},
          {"verified_loss", last.verified_loss},
          {"train_seconds", last.seconds}};
}

/// What the network makes of views that it was not trained on.
void add_test(const Network& network, const Training& training, Json& report) {
  const std::vector<Sample>& samples = training.test_samples();
  const std::vector<Judged> judged = judge_all(network, samples);
  Json failed = Json::array();
  for (std::size_t i = 0; i < judged.size(); ++i)
    if (!judged[i].right) failed.push_back(to_json(judged[i], network.classes(), samples[i]));
  report["test"] = {
      {"views", judged.size()}, {"right", accuracy_of(judged).right}, {"failed", std::move(failed)}};
  report["painted_out"] = painted_out(judged, judge_all(network, training.painted_samples()));
}

void print_report(const Json& report, const std::string& folder) {
  fmt::print("{}     after epoch {}, {}\n", report["learned"] ? "learned " : "finished",
             report["epochs"].dump(), readable_duration(report["train_seconds"]));
  const Json& test = report["test"];
  if (test["views"] == 0)
    fmt::print("test views   none: all views are for training\n");
  else
    fmt::print("test views   {} of {} right\n", test["right"].dump(), test["views"].dump());
  for (const Json& view : test["failed"])
    if (view.contains("reason"))
      fmt::print("  {}\n", view["reason"].get<std::string>());
    else
      fmt::print("  {}: {} instead of {}, p = {:.3f}\n", view["view"].get<std::string>(),
                 view["predicted"].get<std::string>(), view["floor"].get<std::string>(),
                 view["p"].get<double>());
  if (const Json& painted = report["painted_out"]; !painted.is_null())
    fmt::print(
        "painted out  {} of {} views lose confidence without their object: p = {:.3f} before, {:.3f} after\n",
        painted["lower"].dump(), painted["views"].dump(), painted["p_seen"].get<double>(),
        painted["p_painted_out"].get<double>());
  fmt::print("saved        {}\n", folder);
}

/// The report of a finished training with this identity and no fewer epochs; null otherwise.
Json report_there(const TrainRequest& request, const Training& training) {
  std::ifstream stream(in_folder(request.out, kReport));
  if (!stream) return nullptr;
  const Json report = Json::parse(stream, nullptr, /*allow_exceptions=*/false);
  if (!report.is_object() || !report.contains("identity")) return nullptr;
  if (report["identity"] != training.identity().hex())
    throw ConfigError(fmt::format(
        "{}: holds a network trained with other views or settings; give another folder, or --restart",
        request.out));
  const bool enough = report["learned"] == true || report["epochs"] >= training.recipe().epochs;
  return enough ? report : Json();
}

int train(const TrainRequest& request, int threads) {
  at::set_num_threads(threads);
  Training training(request);
  print_plan(request, training, threads);
  Json report = report_there(request, training);
  if (report.is_null()) {
    training.run([&](const EpochRow& row) { print_epoch(row, training.recipe().epochs); });
    report = report_of(request, training, threads);
  }
  add_test(load_folder(request.out), training, report);
  write_file(report.dump(1) + "\n", in_folder(request.out, kReport));
  if (report["learned"] == true) training.tidy();
  print_report(report, request.out);
  return 0;
}

constexpr const char* kTrainHelp =
    "Training stops when every training view is right at five crops at a small loss, three epochs in a row. "
    "It "
    "can\nbe killed at any time; the same command goes on after the last epoch, to the same bits.\n\n"
    "examples:\n"
    "  assay floors out/floors\n"
    "  assay train floors out/floors --out out/floor-network\n"
    "  assay train floors out/floors --out out/floor-network-full --size full\n"
    "  assay train floors photographs --out models/ours --size full --init models/places205_caffenet\n"
    "  assay network out/floor-network --images out/floors --kind floors --param split=test";

struct TrainOptions {
  TrainRequest request;
  int threads = 2;
};

void add_options(CLI::App& command, TrainOptions& options) {
  TrainRequest& request = options.request;
  command.add_option("data", request.data, "views (dataset kind floors: assay list datasets)")
      ->required()
      ->type_name("DIR");
  command.add_option("--out", request.out, "folder of the trained network; holds the checkpoint meanwhile")
      ->required()
      ->type_name("FOLDER");
  command.add_option("--size", request.size, "full: CaffeNet; small: a quarter of its channels")
      ->check(CLI::IsMember({"small", "full"}))
      ->capture_default_str();
  command
      .add_option("--init", request.init,
                  "start from the layers of this network that fit by name and shape; with a whole trunk, by "
                  "the published schedule")
      ->type_name("NETWORK");
  command
      .add_option("--train-views", request.train_views,
                  "views of every floor for training, where the data have no train.txt and test.txt")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->type_name("N");
  command.add_option("--seed", request.seed, "of weights, pairs, crops and dropout")->capture_default_str();
  command.add_option("--epochs", request.epochs, "at most; without it what the schedule says")
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  command.add_option("--threads", options.threads, "CPU threads; the result depends on their number")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->type_name("N");
  command.add_flag("--restart", request.restart, "begin anew, whatever the folder holds");
  command.footer(kTrainHelp);
}

}  // namespace

void add_train(CLI::App& program, int& status) {
  auto options = std::make_shared<TrainOptions>();
  CLI::App* command = program.add_subcommand("train", "train a network for a data set");
  command->require_subcommand(1);
  command->footer("example:\n  assay train floors out/floors --out out/floor-network");
  CLI::App* floors =
      command->add_subcommand("floors", "the floor network: which floor of a building a view shows");
  add_options(*floors, *options);
  floors->callback([options, &status] { status = train(options->request, options->threads); });
}

}  // namespace assay
