#include "harness/run/subjects.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/data/decode.h"
#include "harness/network/heads.h"
#include "harness/network/load.h"
#include "harness/network/tensor.h"

namespace assay {
namespace {

/// The elements of a list that must be there.
std::vector<Params> elements(const Config& config, const std::string& key, const std::string& example) {
  std::vector<Params> list = config.params().children(key);
  if (list.empty()) config.fail("/" + key, fmt::format("none given; for example: {}", example));
  return list;
}

template <class T>
std::vector<std::string> names_of(const std::vector<T>& things) {
  std::vector<std::string> names;
  for (const T& thing : things) names.push_back(thing.name);
  return names;
}

template <class T>
void check_new(const Params& params, const std::vector<T>& earlier, const std::string& name) {
  if (std::ranges::find(earlier, name, &T::name) != earlier.end())
    params.fail("name", fmt::format("'{}' is the name of an earlier one", name));
}

NamedDataset read_dataset(Params& params, std::int64_t limit) {
  NamedDataset made{params.require<std::string>("name", "what tables call it"), {}};
  const auto kind = params.require<std::string>("kind", "layout on disk, see 'assay list datasets'");
  const auto count = params.get<std::int64_t>("count", 0, "pictures drawn from it; 0 = all");
  const auto seed = params.get<std::int64_t>("seed", 1, "of the draw");
  if (count < 0) params.fail("count", "must not be negative");
  const Entry<Dataset>& entry = find_entry(datasets(), kind, params, "kind");
  try {
    const auto dataset = entry.make(params);
    params.finish();
    made.samples = dataset->samples();
  } catch (const DataError& error) {
    params.fail(params.has("path") ? "path" : "", error.what());
  }
  if (made.samples.empty()) params.fail(params.has("path") ? "path" : "", "there is no image in it");
  const auto pictures = static_cast<std::int64_t>(picture_starts(made.samples).size()) - 1;
  if (count > pictures)
    params.fail("count", fmt::format("there are {} pictures, {} are asked for (0 = all)", pictures, count));
  made.samples = subset(std::move(made.samples), count, static_cast<std::uint64_t>(seed));
  const std::vector<std::size_t> starts = picture_starts(made.samples);
  if (limit > 0 && static_cast<std::size_t>(limit) < starts.size())
    made.samples.resize(starts[static_cast<std::size_t>(limit)]);
  return made;
}

/// Runs `change` and reports what it throws at `key`.
template <class F>
auto at_key(const Params& params, std::string_view key, const F& change) {
  try {
    return change();
  } catch (const Error& error) {
    params.fail(key, error.what());
  }
}

/// What a network is made into before it looks at mosaics.
struct ForMosaics {
  std::int64_t input, cells;
  std::string heads;
};

ForMosaics read_for_mosaics(Params& params) {
  const ForMosaics wanted{
      .input = params.get<std::int64_t>("input", 0, "side of the input, px; 0 = the network's own"),
      .cells = params.get<std::int64_t>("cells", 2, "with heads: cells on a side of the mosaic"),
      .heads = params.choice("heads", "none", {"none", "full", "part"}, "a head for each cell of a mosaic")};
  if (wanted.input < 0) params.fail("input", "must not be negative");
  if (wanted.cells < 2 || wanted.cells > 16) params.fail("cells", "must be 2 to 16");
  return wanted;
}

Network made_for(const ForMosaics& wanted, const Params& params, Network network) {
  if (wanted.input > 0) network = at_key(params, "input", [&] { return with_input(network, wanted.input); });
  if (wanted.heads == "none") return network;
  const Heads heads = wanted.heads == "full" ? Heads::full : Heads::part;
  return at_key(params, "heads", [&] { return with_heads(network, heads, static_cast<int>(wanted.cells)); });
}

NamedNetwork read_network(Params& params, Json& resolved) {
  const auto name = params.require<std::string>("name", "what tables call it");
  const auto path =
      params.require<std::string>("path", "folder with model.json, TorchScript file, or builtin:NAME?seed=N");
  const auto image = params.get<std::string>("image", "model", "model | center-crop | squash | authors");
  const auto mean = params.get<std::string>("mean", "model", "model | value | image");
  const ForMosaics wanted = read_for_mosaics(params);
  params.finish();
  const Network loaded = at_key(params, "path", [&] { return load_network(path); });
  Preprocess preprocess = loaded.preprocess();
  preprocess = at_key(params, "image", [&] { return with_image_mode(preprocess, image); });
  preprocess = at_key(params, "mean", [&] { return with_mean_mode(preprocess, mean); });
  const Network network = made_for(wanted, params, loaded.with_preprocess(preprocess));
  resolved = params.resolved();
  resolved["hash"] = network.hash().hex();
  return {name, network};
}

std::string known_name(Params& params, const std::string& key, const std::vector<std::string>& known) {
  const auto name = params.require<std::string>(key, "its name above");
  if (std::ranges::find(known, name) == known.end())
    params.fail(key, fmt::format("unknown name '{}'; known: {}", name, nearest_names(name, known)));
  return name;
}

}  // namespace

std::vector<NamedDataset> read_datasets(const Config& config, std::int64_t limit, Json& resolved) {
  std::vector<NamedDataset> made;
  for (Params& params : elements(config, "datasets", "{name: val, kind: labels-csv, path: images}")) {
    NamedDataset dataset = read_dataset(params, limit);
    check_new(params, made, dataset.name);
    resolved.push_back(params.resolved());
    made.push_back(std::move(dataset));
  }
  return made;
}

std::vector<NamedNetwork> read_networks(const Config& config, Json& resolved) {
  std::vector<NamedNetwork> made;
  for (Params& params : elements(config, "networks", "{name: googlenet, path: models/googlenet}")) {
    NamedNetwork network = read_network(params, resolved.emplace_back());
    check_new(params, made, network.name);
    made.push_back(std::move(network));
  }
  return made;
}

std::vector<Pairing> read_experiments(const Config& config, const std::vector<NamedDataset>& datasets,
                                      const std::vector<NamedNetwork>& networks, Json& resolved) {
  std::vector<Pairing> pairings;
  for (Params& params : config.params().children("experiments")) {
    pairings.push_back({known_name(params, "dataset", names_of(datasets)),
                        known_name(params, "network", names_of(networks))});
    params.finish();
  }
  if (pairings.empty())
    for (const NamedDataset& dataset : datasets)
      for (const NamedNetwork& network : networks) pairings.push_back({dataset.name, network.name});
  for (const Pairing& pairing : pairings)
    resolved.push_back({{"dataset", pairing.dataset}, {"network", pairing.network}});
  return pairings;
}

}  // namespace assay
