#include "harness/run/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "harness/core/hash.h"
#include "harness/data/decode.h"
#include "harness/network/summary.h"
#include "harness/network/tensor.h"
#include "harness/run/numerics.h"

namespace assay {
namespace {

/// Every key but the lists, which have readers of their own.
void read_head(const Config& config, const PlanOptions& options, Plan& plan) {
  Params root = config.params();
  const std::string stem = std::filesystem::path(config.file).stem();
  plan.name = root.get("name", stem, "what reports call this run");
  plan.output = root.get("output", "out/" + plan.name, "folder of journals and results.h5");
  plan.seed = static_cast<std::uint64_t>(root.get<std::int64_t>("seed", 1, "of everything random"));
  plan.block = positive(root, "block", 1, "images of one unit of work");
  plan.decode_timeout =
      root.get("decode_timeout", 30.0, "s that an image file may take to be decoded; 0 = no limit");
  if (!(plan.decode_timeout >= 0)) root.fail("decode_timeout", "must not be negative");
  for (const char* key : {"datasets", "networks", "experiments", "protocols", "methods", "metrics"})
    root.raw(key, "");
  root.child("numerics");
  read_numerics(config, plan);
  root.finish();
  if (options.output) plan.output = *options.output;
  plan.config["name"] = plan.name;
  plan.config["seed"] = plan.seed;
  plan.config["block"] = plan.block;
}

void select_protocols(const std::vector<std::string>& wanted, std::vector<Protocol>& protocols) {
  if (wanted.empty()) return;
  std::vector<std::string> known;
  for (Protocol& protocol : protocols) {
    known.push_back(protocol.name);
    protocol.computed = std::ranges::find(wanted, protocol.name) != wanted.end();
  }
  for (const std::string& name : wanted)
    if (std::ranges::find(known, name) == known.end())
      throw ConfigError(fmt::format("--protocol {}: unknown protocol; the configuration has: {}", name,
                                    nearest_names(name, known)));
}

/// What reproduces a paper is computed in float32.
void check_precision(const Config& config, const Plan& plan) {
  if (plan.precision == at::kFloat) return;
  for (const Protocol& builtin : builtin_protocols())
    for (const Protocol& protocol : plan.protocols)
      if (protocol.computed && protocol.name == builtin.name)
        config.fail(
            "/numerics/precision",
            fmt::format("protocol '{0}' reproduces a paper in float32; to explore in {1}, give a protocol "
                        "a name of its own: protocols: [{{name: quick, like: {0}}}]",
                        protocol.name, plan.config["numerics"]["precision"].get<std::string>()));
}

std::string id_of(const Plan& plan, const Experiment& experiment) {
  std::string classes;
  for (const std::string& line : experiment.network.classes())
    classes += line.substr(0, line.find(' ')) + "\n";
  const Json identity{{"dataset", experiment.dataset},
                      {"network", experiment.network.hash().hex()},
                      {"classes", hash_text(classes).hex()},
                      {"numerics", identity_of(plan, experiment.setting)},
                      {"version", kNumericsVersion}};
  return hash_text(identity.dump()).hex();
}

Experiment make_experiment(const Plan& plan, const NamedDataset& dataset, const NamedNetwork& network,
                           std::shared_ptr<const Roster> roster, const InferenceSetting& setting) {
  Experiment made{.id = "",
                  .dataset = dataset.name,
                  .network_name = network.name,
                  .network = network.network,
                  .samples = dataset.samples,
                  .sample_ids = {},
                  .roster = std::move(roster),
                  .multiply_adds = static_cast<double>(multiply_adds(network.network)),
                  .setting = setting};
  for (const Hash& hash : hashes_of(dataset.samples)) made.sample_ids.push_back(hash.hex());
  made.id = id_of(plan, made);
  return made;
}

/// Refuses a dataset whose labels mean nothing to the network: the wrong pair, or the wrong class list.
void check_labels(const Config& config, std::size_t dataset, const Experiment& experiment) {
  const auto labelled = [](const Sample& sample) { return !sample.labels.empty(); };
  if (std::ranges::none_of(experiment.samples, labelled)) return;
  const auto known = [&](const Sample& sample) { return has_target(sample, experiment.network); };
  if (std::ranges::any_of(experiment.samples, known)) return;
  const auto& mosaic = experiment.samples.front().mosaic;
  const char* remedy = mosaic && mosaic->heads ? "its cells are explained in heads of their own (control: "
                                                 "heads), give the network heads: full | part"
                                               : "pair them in 'experiments'";
  config.fail(fmt::format("/datasets/{}", dataset),
              fmt::format("no label of '{}' is an output of network '{}' ({} outputs); {}",
                          experiment.dataset, experiment.network_name, experiment.network.outputs(), remedy));
}

/// Refuses mosaics that are not the network's input.
void check_mosaics(const Config& config, std::size_t dataset, const Experiment& experiment) {
  const Sample& first = experiment.samples.front();  // those of a dataset are of one size
  try {
    if (first.mosaic) check_fits(*first.mosaic, experiment.network.preprocess());
  } catch (const DataError& error) {
    config.fail(
        fmt::format("/datasets/{}", dataset),
        fmt::format("'{}' and network '{}': {}", experiment.dataset, experiment.network_name, error.what()));
  }
}

/// Rosters are made for every network before the first experiment, so that all of the configuration is
/// validated.
void add_experiments(const Config& config, const std::vector<NamedDataset>& datasets,
                     const std::vector<NamedNetwork>& networks, const std::optional<Tuning>& tuning,
                     Plan& plan) {
  const auto pairings = read_experiments(config, datasets, networks, plan.config["experiments"]);
  std::vector<std::string> names;
  for (const NamedNetwork& network : networks) names.push_back(network.name);
  std::map<std::string, std::shared_ptr<const Roster>> rosters;
  std::map<std::string, InferenceSetting> settings;
  for (const NamedNetwork& network : networks) {
    rosters[network.name] =
        std::make_shared<Roster>(make_roster(config, plan.protocols, network, names, plan.seed));
    settings[network.name] = setting_of(config, plan, tuning, network);
    if (tuning) note_setting(network.name, settings[network.name], plan);
  }
  for (const Pairing& pairing : pairings) {
    const auto dataset = std::ranges::find(datasets, pairing.dataset, &NamedDataset::name);
    const auto network = std::ranges::find(networks, pairing.network, &NamedNetwork::name);
    plan.experiments.push_back(
        make_experiment(plan, *dataset, *network, rosters.at(network->name), settings.at(network->name)));
    const auto place = static_cast<std::size_t>(dataset - datasets.begin());
    check_mosaics(config, place, plan.experiments.back());
    check_labels(config, place, plan.experiments.back());
  }
}

/// Appends one experiment's share of the layout.
void lay_out(const Experiment& experiment, int index, Layout& layout) {
  const Roster& roster = *experiment.roster;
  const int first_explanation = static_cast<int>(layout.explanations.size());
  const int first_cell = static_cast<int>(layout.cells.size());
  layout.experiments.push_back(
      {experiment.id, experiment.dataset, experiment.network_name, experiment.sample_ids});
  for (const PlannedExplanation& planned : roster.explanations)
    layout.explanations.push_back({planned.id, index, planned.method, planned.settings, planned.target});
  for (const PlannedCell& cell : roster.cells)
    layout.cells.push_back(
        {cell.id, first_explanation + cell.explanation, roster.metrics[cell.metric].name, cell.settings});
  for (const PlannedRow& row : roster.rows)
    layout.rows.push_back({row.protocol, row.name, first_cell + row.cell, row.variant, row.note});
  for (const PlannedMetric& metric : roster.metrics)
    if (std::ranges::find(layout.metrics, metric.name, &MetricInfo::name) == layout.metrics.end())
      layout.metrics.push_back({metric.name, metric.metric->columns(), metric.metric->curves()});
}

}  // namespace

Plan make_plan(const Config& config, const PlanOptions& options) {
  Plan plan;
  read_head(config, options, plan);
  plan.protocols = read_protocols(config);
  select_protocols(options.protocols, plan.protocols);
  check_precision(config, plan);
  plan.config["methods"] = config.values.value("methods", Json::array());
  plan.config["metrics"] = config.values.value("metrics", Json::array());
  for (const Protocol& protocol : plan.protocols)
    if (protocol.computed) plan.config["protocols"].push_back(protocol.resolved());
  const auto datasets = read_datasets(config, options.limit, plan.config["datasets"]);
  const auto networks = read_networks(config, plan.config["networks"]);
  add_experiments(config, datasets, networks, tuning_of(config, options, plan), plan);
  return plan;
}

Layout layout_of(const Plan& plan) {
  Layout layout;
  layout.config = plan.config;
  for (std::size_t i = 0; i < plan.experiments.size(); ++i)
    lay_out(plan.experiments[i], static_cast<int>(i), layout);
  return layout;
}

}  // namespace assay
