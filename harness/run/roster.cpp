#include "harness/run/roster.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "harness/core/hash.h"
#include "harness/network/tensor.h"
#include "harness/run/entries.h"
#include "methods/shared_attribution.h"

namespace assay {
namespace {

/// One entry of `methods` under one protocol.
struct Configured {
  std::string name;
  Params params;
  std::shared_ptr<const Method> method;
  int explanation = -1;
  std::string note;
};

std::string hash_of_json(const Json& identity) {
  return hash_text(identity.dump()).hex();
}

/// What was read, without the keys that only name and place an entry. Maps are called what they were called
/// before they could be scaled otherwise or smoothed.
Json identity_of(const Params& params) {
  Json identity = params.resolved();
  for (const char* key : {"name", "method", "metric", "protocols"}) identity.erase(key);
  for (const auto& [key, plain] : {std::pair<const char*, Json>("scale", View{}.scale), {"smooth", 0.0}})
    if (identity.contains(key) && identity[key] == plain) identity.erase(key);
  return identity;
}

class RosterMaker {
 public:
  RosterMaker(const Config& config, const std::vector<Protocol>& protocols, const NamedNetwork& network,
              const std::vector<std::string>& names, std::uint64_t seed)
      : config_(config),
        protocols_(protocols),
        network_(network),
        entries_(config, protocols, network.name, names),
        seed_(seed) {}

  Roster make() {
    for (const Protocol& protocol : protocols_)
      if (protocol.computed) add_protocol(protocol);
    forget_unwrapped();
    return std::move(roster_);
  }

 private:
  void forget_unwrapped() {
    std::set<std::string> wrapped;
    for (const RawMap& raw : roster_.raws) wrapped.insert(raw.method->wraps());
    for (RawMap& raw : roster_.raws)
      if (!wrapped.contains(raw.words)) raw.words.clear();
  }

  void add_protocol(const Protocol& protocol) {
    const std::vector<Configured> configured = configure_methods(protocol);
    const Json& nodes = entries_.list("metrics", "{metric: confidence-gain}");
    for (std::size_t i = 0; i < nodes.size(); ++i) add_metric(protocol, configured, nodes[i], i);
  }

  std::vector<Configured> configure_methods(const Protocol& protocol) {
    std::vector<Configured> made;
    const Json& nodes = entries_.list("methods", "{method: occ, patch: 10}");
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      auto one = configure(protocol, nodes[i], fmt::format("/methods/{}", i));
      if (!one) continue;
      if (std::ranges::find(made, one->name, &Configured::name) != made.end())
        one->params.fail("name", fmt::format("'{}' is the name of an earlier one", one->name));
      if (one->method->parts().empty()) add_map(protocol, *one);
      made.push_back(std::move(*one));
    }
    for (Configured& one : made)
      if (one.explanation < 0) add_intersection(protocol, one, made);
    return made;
  }

  std::optional<Configured> configure(const Protocol& protocol, const Json& node,
                                      const std::string& pointer) const {
    Params own(node, pointer, config_.locations);
    const auto registered = own.require<std::string>("method", "see 'assay list methods'");
    const Entry<Method>& entry = find_entry(methods(), registered, own, "method");
    Params params = entries_.layered(node, pointer, protocol.methods, registered);
    params.require<std::string>("method", "see 'assay list methods'");
    const auto name = params.get<std::string>("name", registered, "what tables call it");
    if (!entries_.belongs(params, protocol)) return std::nullopt;
    Configured one{.name = name, .params = std::move(params), .method = nullptr, .note = ""};
    one.method = entries_.create(entry, one.params);
    return one;
  }

  void check_layers(const Configured& one) const {
    for (const std::string& key : one.method->layer_keys()) {
      const auto layer = one.params.resolved().at(key).get<std::string>();
      try {
        if (!layer.empty()) network_.network.find(layer);
      } catch (const ConfigError& error) {
        one.params.fail(key, error.what());
      }
    }
  }

  Json identity(const Configured& one, const Protocol& protocol) const {
    Json identity{{"network", network_.network.hash().hex()},
                  {"method", one.params.resolved().at("method")},
                  {"version", one.method->version()},
                  {"settings", identity_of(one.params)},
                  {"target", protocol.target}};
    if (one.method->uses_seed()) identity["seed"] = seed_;
    return identity;
  }

  void add_map(const Protocol& protocol, Configured& one) {
    const Json raw = identity(one, protocol);
    const std::string words = words_of(one.params.resolved().at("method"), raw.at("settings"));
    const View view = read_view(one.params, one.method->view());
    one.params.finish();
    check_layers(one);
    PlannedExplanation planned{.id = hash_of_json(identity(one, protocol)),
                               .method = one.params.resolved().at("method"),
                               .settings = identity_of(one.params),
                               .target = protocol.target,
                               .maps = {},
                               .unsupported = one.method->unsupported(network_.network).value_or("")};
    if (planned.unsupported.empty()) {
      planned.maps.push_back({add_raw(hash_of_json(raw), words, one, protocol.target), view});
      one.note = one.method->note(network_.network);
    }
    one.explanation = add_explanation(std::move(planned));
  }

  void add_intersection(const Protocol& protocol, Configured& one, const std::vector<Configured>& all) {
    one.params.finish();
    PlannedExplanation planned{.id = "",
                               .method = one.params.resolved().at("method"),
                               .settings = identity_of(one.params),
                               .target = protocol.target,
                               .maps = {},
                               .unsupported = ""};
    planned.settings.erase("of");
    for (const std::string& name : one.method->parts()) {
      const Configured& part = find_part(one, name, all);
      const PlannedExplanation& its = roster_.explanations[part.explanation];
      planned.settings["parts"].push_back(
          {{"id", its.id}, {"method", its.method}, {"settings", its.settings}});
      planned.maps.insert(planned.maps.end(), its.maps.begin(), its.maps.end());
      if (!its.unsupported.empty()) planned.unsupported = fmt::format("{}: {}", name, its.unsupported);
      if (one.note.find(part.note) == std::string::npos)
        one.note += (one.note.empty() ? "" : "; ") + part.note;
    }
    Json whole = identity(one, protocol);
    whole["settings"] = planned.settings;
    planned.id = hash_of_json(whole);
    one.explanation = add_explanation(std::move(planned));
  }

  static const Configured& find_part(const Configured& one, const std::string& name,
                                     const std::vector<Configured>& all) {
    std::vector<std::string> known;
    for (const Configured& other : all) {
      if (!other.method->parts().empty()) continue;
      if (other.name == name) return other;
      known.push_back(other.name);
    }
    one.params.fail("of",
                    fmt::format("no single map is called '{}'; known: {}", name, nearest_names(name, known)));
  }

  int add_raw(const std::string& id, const std::string& words, const Configured& one,
              const std::string& target) {
    const auto found = std::ranges::find(roster_.raws, id, &RawMap::id);
    if (found != roster_.raws.end()) return static_cast<int>(found - roster_.raws.begin());
    roster_.raws.push_back({id, one.params.resolved().at("method"), one.method, target,
                            one.method->price(network_.network), one.method->shared_work(), words});
    return static_cast<int>(roster_.raws.size()) - 1;
  }

  int add_explanation(PlannedExplanation planned) {
    const auto found = std::ranges::find(roster_.explanations, planned.id, &PlannedExplanation::id);
    if (found != roster_.explanations.end()) return static_cast<int>(found - roster_.explanations.begin());
    roster_.explanations.push_back(std::move(planned));
    return static_cast<int>(roster_.explanations.size()) - 1;
  }

  void add_metric(const Protocol& protocol, const std::vector<Configured>& configured, const Json& node,
                  std::size_t place) {
    const std::string pointer = fmt::format("/metrics/{}", place);
    Params own(node, pointer, config_.locations);
    const auto registered = own.require<std::string>("metric", "see 'assay list metrics'");
    const Entry<Metric>& entry = find_entry(metrics(), registered, own, "metric");
    Params params = entries_.layered(node, pointer, protocol.metrics, registered);
    params.require<std::string>("metric", "see 'assay list metrics'");
    if (!entries_.belongs(params, protocol)) return;
    const std::shared_ptr<const Metric> metric = entries_.create(entry, params);
    params.finish();
    if (registered == "confidence-gain") check_growth(protocol, *metric, params);
    const int index = add_metric_kind(registered, metric);
    for (const Configured& one : configured)
      for (const Variant& variant : metric->variants())
        add_row({protocol.name, one.name, add_cell(one.explanation, index, variant), variant.label,
                 note_of(one, *metric)},
                place, params);
  }

  std::string note_of(const Configured& one, const Metric& metric) const {
    const bool moved = std::ranges::any_of(roster_.explanations[one.explanation].maps,
                                           [](const MapView& map) { return map.view.moves_zero(); });
    if (!moved || !metric.reads_sign()) return one.note;
    return one.note + (one.note.empty() ? "" : "; ") + "scaled by min-max: the lowest value counts as 0";
  }

  /// Growth that is not observed cannot be scored.
  static void check_growth(const Protocol& protocol, const Metric& metric, const Params& params) {
    const Json scores = protocol.resolved().at("scores").at("confidence-gain");
    const auto scored = scores.at("growth_limit").get<std::int64_t>();
    for (const Variant& variant : metric.variants())
      if (const auto observed = variant.settings.at("limit").get<std::int64_t>(); scored > observed)
        params.fail("limit",
                    fmt::format("{} growth steps are observed, but protocol '{}' scores {}; raise it, "
                                "or lower the protocol's growth_limit",
                                observed, protocol.name, scored));
  }

  int add_metric_kind(const std::string& registered, const std::shared_ptr<const Metric>& metric) {
    const auto found = std::ranges::find(roster_.metrics, registered, &PlannedMetric::name);
    if (found != roster_.metrics.end()) return static_cast<int>(found - roster_.metrics.begin());
    roster_.metrics.push_back({registered, metric, metric->price(network_.network)});
    return static_cast<int>(roster_.metrics.size()) - 1;
  }

  int add_cell(int explanation, int metric, const Variant& variant) {
    const PlannedMetric& kind = roster_.metrics[metric];
    Json identity{{"explanation", roster_.explanations[explanation].id},
                  {"metric", kind.name},
                  {"version", kind.metric->version()},
                  {"settings", variant.settings}};
    if (kind.metric->uses_seed(variant.settings)) identity["seed"] = seed_;
    const std::string id = hash_of_json(identity);
    const auto found = std::ranges::find(roster_.cells, id, &PlannedCell::id);
    if (found != roster_.cells.end()) return static_cast<int>(found - roster_.cells.begin());
    const std::int64_t again = kind.metric->explains_again(network_.network, variant.settings);
    roster_.cells.push_back({id, explanation, metric, variant.settings, map_price(explanation) * again});
    return static_cast<int>(roster_.cells.size()) - 1;
  }

  /// Of one query's maps.
  Cost map_price(int explanation) const {
    Cost price;
    for (const MapView& map : roster_.explanations[explanation].maps) price += roster_.raws[map.raw].price;
    return price;
  }

  /// The row is given by the entry of `metrics` at `place`, read as `params`.
  void add_row(PlannedRow row, std::size_t place, const Params& params) {
    const auto same_line = [&](const PlannedRow& other) {
      return other.protocol == row.protocol && other.name == row.name && other.variant == row.variant &&
             roster_.cells[other.cell].metric == roster_.cells[row.cell].metric;
    };
    const auto found = std::ranges::find_if(roster_.rows, same_line);
    if (found == roster_.rows.end()) {
      roster_.rows.push_back(std::move(row));
      row_places_.push_back(place);
    } else if (*found != row) {
      params.fail(
          "", fmt::format("gives row '{}', {} of protocol '{}' as metrics[{}] does, with other settings; "
                          "give one of the two to another protocol",
                          row.name, row.variant, row.protocol, row_places_[found - roster_.rows.begin()]));
    }
  }

  const Config& config_;
  const std::vector<Protocol>& protocols_;
  const NamedNetwork& network_;
  Entries entries_;
  std::uint64_t seed_;
  Roster roster_;
  std::vector<std::size_t> row_places_;  // by row: the entry of `metrics` that gave it first
};

}  // namespace

Roster make_roster(const Config& config, const std::vector<Protocol>& protocols, const NamedNetwork& network,
                   const std::vector<std::string>& names, std::uint64_t seed) {
  return RosterMaker(config, protocols, network, names, seed).make();
}

}  // namespace assay
