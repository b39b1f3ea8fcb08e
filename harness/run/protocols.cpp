#include "harness/run/protocols.h"

#include <fmt/format.h>

#include <algorithm>

#include "methods/method.h"
#include "metrics/confidence_gain_scores.h"
#include "metrics/metric.h"
#include "metrics/scores.h"

namespace assay {
namespace {

Settings settings(const Json& values) {
  Settings made;
  for (const auto& [key, value] : values.items()) made[key] = {value, ""};
  return made;
}

Protocol paper() {
  return {
      .name = "paper",
      .target = "predicted",
      .methods = {{"occ", settings({{"formula", "corrected"}, {"score", "probability"}})},
                  {"grad", settings({{"score", "probability"}})},
                  {"mwp", settings({{"positive", true}, {"normalise", false}, {"clamp", true}})},
                  {"c-mwp", settings({{"positive", true}, {"normalise", false}, {"clamp", true}})}},
      .metrics = {{"confidence-gain", settings({{"mask", "exact"}, {"base", {"gaussian", "zero"}}})},
                  {"region-overlap", settings({{"mask", "exact"}})}},
      .scores = {{"confidence-gain", settings({{"confidence", "probability"},
                                               {"epsilon", 0.0},
                                               {"guard", 1e-6},
                                               {"average", "mean-of-ratios"},
                                               {"first_right_counts", true},
                                               {"growth_limit", 50}})}},
  };
}

Protocol authors_code() {
  return {
      .name = "authors-code",
      .target = "label",
      .methods = {{"occ", settings({{"formula", "literal"}, {"score", "logit-share"}})},
                  {"grad", settings({{"score", "logit"}})},
                  {"mwp", settings({{"positive", true}, {"normalise", true}, {"clamp", false}})},
                  {"c-mwp", settings({{"positive", true}, {"normalise", true}, {"clamp", false}})}},
      .metrics = {{"confidence-gain", settings({{"mask", "authors"}, {"base", {"box", "zero"}}})},
                  {"region-overlap", settings({{"mask", "authors"}})}},
      .scores = {{"confidence-gain", settings({{"confidence", "logit-share"},
                                               {"epsilon", 0.001},
                                               {"guard", 0.0},
                                               {"average", "ratio-of-means"},
                                               {"first_right_counts", false},
                                               {"growth_limit", 100}})}},
  };
}

/// Keys that `entry` and its view read.
std::vector<std::string> known_keys(const Entry<Method>& entry) {
  Params params = Params::describing();
  const auto method = entry.make(params);
  read_view(params, method->view());
  std::vector<std::string> keys;
  for (const ParamDoc& doc : params.docs()) keys.push_back(doc.key);
  return keys;
}
std::vector<std::string> known_keys(const Entry<Metric>& entry) {
  Params params = Params::describing();
  entry.make(params);
  std::vector<std::string> keys;
  for (const ParamDoc& doc : params.docs()) keys.push_back(doc.key);
  return keys;
}

/// For metrics on regions: labels, by their logits (RISE by probabilities, as published), in maps that are
/// signed until the end. What center finds is negative everywhere, and stays scaled to [0,1].
Protocol localisation() {
  Protocol protocol{.name = "localisation",
                    .target = "label",
                    .methods = {},
                    .metrics = {},
                    .scores = {{"confidence-gain", {}}}};
  for (const Entry<Method>& entry : methods()) {
    if (entry.name == "agreement" || entry.name == "center") continue;
    const std::vector<std::string> keys = known_keys(entry);
    const bool wraps = std::ranges::find(keys, "of") != keys.end();
    const bool scores = std::ranges::find(keys, "score") != keys.end();
    Settings& mine = protocol.methods[entry.name];
    mine = settings({{"scale", "max-abs"}});
    if (!wraps) mine.merge(settings({{"reduce", "sum"}, {"positive", false}, {"clamp", false}}));
    if (scores && entry.name != "rise") mine["score"] = {"logit", ""};
  }
  protocol.methods["occ"]["formula"] = {"drop", ""};
  protocol.methods["regional"]["of_view"] = {"signed", ""};
  return protocol;
}

/// {THING: {key: value}} below `group` of a protocol, laid over what it inherits.
template <class T>
void read_group(const Config& config, const Json& values, const std::string& pointer,
                const std::vector<Entry<T>>& entries, std::map<std::string, Settings>& into) {
  const Params names(values, pointer, config.locations);
  for (const auto& [name, below] : names.values().items()) {
    const Entry<T>& entry = find_entry(entries, name, names, name);
    const std::string here = pointer + "/" + name;
    const Params given(below, here, config.locations);
    const std::vector<std::string> known = known_keys(entry);
    for (const auto& [key, value] : given.values().items()) {
      if (std::ranges::find(known, key) == known.end())
        given.fail(key, fmt::format("unknown key; known: {}", nearest_names(key, known, 32)));
      into[name][key] = {value, here + "/" + key};
    }
  }
}

void read_scores(const Config& config, const Json& values, const std::string& pointer,
                 std::map<std::string, Settings>& into) {
  const Params names(values, pointer, config.locations);
  for (const auto& [name, below] : names.values().items()) {
    find_entry(metrics(), name, names, name);
    const std::string here = pointer + "/" + name;
    const Params given(below, here, config.locations);
    resolve_scores(name, given);
    for (const auto& [key, value] : given.values().items()) into[name][key] = {value, here + "/" + key};
  }
}

const Protocol& find_protocol(const std::vector<Protocol>& earlier, const std::string& name,
                              const Config& config, const std::string& pointer) {
  std::vector<std::string> known;
  for (const auto* list : {&earlier, &builtin_protocols()})
    for (const Protocol& protocol : *list) {
      if (protocol.name == name) return protocol;
      known.push_back(protocol.name);
    }
  config.fail(pointer, fmt::format("unknown protocol '{}'; known: {}", name, nearest_names(name, known)));
}

Protocol read_protocol(const Config& config, const Json& node, const std::string& pointer,
                       const std::vector<Protocol>& earlier) {
  if (node.is_string()) return find_protocol(earlier, node, config, pointer);
  Params params(node, pointer, config.locations);
  const auto name = params.require<std::string>("name", "what tables call this protocol");
  const auto like = params.get<std::string>("like", "paper", "protocol that it differs from");
  Protocol protocol = find_protocol(earlier, like, config, pointer + "/like");
  protocol.name = name;
  protocol.target =
      params.choice("target", protocol.target, {"predicted", "label"}, "class that is explained");
  const Json methods_node = params.raw("methods", "defaults of methods, by method");
  const Json metrics_node = params.raw("metrics", "defaults of metrics, by metric");
  const Json scores_node = params.raw("scores", "how observations become scores, by metric");
  params.finish();
  read_group(config, methods_node, pointer + "/methods", methods(), protocol.methods);
  read_group(config, metrics_node, pointer + "/metrics", metrics(), protocol.metrics);
  read_scores(config, scores_node, pointer + "/scores", protocol.scores);
  return protocol;
}

Json values_of(const Settings& settings) {
  Json values = Json::object();
  for (const auto& [key, setting] : settings) values[key] = setting.value;
  return values;
}

}  // namespace

const std::vector<Protocol>& builtin_protocols() {
  static const std::vector<Protocol> protocols{paper(), authors_code(), localisation()};
  return protocols;
}

std::string summary_of(const Protocol& builtin) {
  static const std::map<std::string, std::string> summaries{
      {"paper", "the SCG/CCG paper as it is written, with its ambiguities read sensibly"},
      {"authors-code", "what the code of the paper's first author computes"},
      {"localisation", "grid and classic pointing games: labels, logits, maps that keep their sign"}};
  return summaries.at(builtin.name);
}

Json resolve_scores(const std::string& metric, Params given) {
  if (metric == "confidence-gain") read_gain_protocol(given);
  for (const Entry<Scoring>& entry : scorings())
    if (entry.name == metric) entry.make(given);
  given.finish();
  return given.resolved();
}

Json Protocol::resolved() const {
  Json json{{"name", name}, {"target", target}};
  for (const char* group : {"methods", "metrics", "scores"}) json[group] = Json::object();
  for (const auto& [method, settings] : methods) json["methods"][method] = values_of(settings);
  for (const auto& [metric, settings] : metrics) json["metrics"][metric] = values_of(settings);
  for (const auto& [metric, settings] : scores)
    json["scores"][metric] = resolve_scores(metric, Params(values_of(settings)));
  return json;
}

std::vector<Protocol> read_protocols(const Config& config) {
  const Json nodes = config.values.value("protocols", Json::array({"paper"}));
  if (!nodes.is_array()) config.fail("/protocols", "expected a list");
  if (nodes.empty()) config.fail("/protocols", "the list is empty");
  std::vector<Protocol> protocols;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const std::string pointer = fmt::format("/protocols/{}", i);
    Protocol protocol = read_protocol(config, nodes[i], pointer, protocols);
    if (std::ranges::find(protocols, protocol.name, &Protocol::name) != protocols.end())
      config.fail(pointer, fmt::format("a second protocol named '{}'", protocol.name));
    protocols.push_back(std::move(protocol));
  }
  return protocols;
}

}  // namespace assay
