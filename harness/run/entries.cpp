#include "harness/run/entries.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/network/tensor.h"
#include "methods/view.h"

namespace assay {
namespace {

bool is_view_key(const std::string& key) {
  static const std::vector<ParamDoc> keys = [] {
    Params params = Params::describing();
    read_view(params, {});
    return params.docs();
  }();
  return std::ranges::find(keys, key, &ParamDoc::key) != keys.end();
}

}  // namespace

const Json& Entries::list(const std::string& key, const std::string& example) const {
  const auto found = config_.values.find(key);
  if (found == config_.values.end() || !found->is_array() || found->empty())
    config_.fail("/" + key, fmt::format("expected a list, for example: [{}]", example));
  return *found;
}

Params Entries::layered(const Json& own, const std::string& pointer,
                        const std::map<std::string, Settings>& defaults,
                        const std::string& registered) const {
  Json values = own;
  auto locations = std::make_shared<Locations>(*config_.locations);
  const auto lay = [&](const std::string& name, bool views) {
    const auto found = defaults.find(name);
    if (found == defaults.end()) return;
    for (const auto& [key, setting] : found->second) {
      if (values.contains(key) || (!views && is_view_key(key))) continue;
      values[key] = setting.value;
      if (!setting.pointer.empty()) locations->moved[pointer + "/" + key] = setting.pointer;
    }
  };
  lay(registered, true);
  if (own.contains("of") && own["of"].is_string()) lay(own["of"], false);
  for (auto& [key, value] : values.items()) {
    if (!value.is_object()) continue;
    const std::string here = pointer + "/" + key;
    std::string& moved = locations->moved.try_emplace(here, here).first->second;
    value = of_network(Json(value), moved);
    moved += "/" + network_;
  }
  return Params(std::move(values), pointer, std::move(locations));
}

Json Entries::of_network(const Json& map, const std::string& pointer) const {
  for (const auto& [name, value] : map.items())
    if (std::ranges::find(networks_, name) == networks_.end())
      config_.fail(pointer + "/" + name,
                   fmt::format("unknown network '{}'; known: {}", name, nearest_names(name, networks_)));
  if (!map.contains(network_)) config_.fail(pointer, fmt::format("no value for network '{}'", network_));
  return map.at(network_);
}

bool Entries::belongs(Params& params, const Protocol& protocol) const {
  const auto only =
      params.get<std::vector<std::string>>("protocols", {}, "only under these protocols; empty = all");
  std::vector<std::string> known;
  for (const Protocol& other : protocols_) known.push_back(other.name);
  for (const std::string& name : only)
    if (std::ranges::find(known, name) == known.end())
      params.fail("protocols",
                  fmt::format("unknown protocol '{}'; known: {}", name, nearest_names(name, known)));
  return only.empty() || std::ranges::find(only, protocol.name) != only.end();
}

bool Entries::has_place(std::string_view message) const {
  return message.starts_with(config_.file + ":") || message.starts_with("--set ");
}

}  // namespace assay
