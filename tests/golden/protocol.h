#pragma once

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>

#include "harness/run/protocols.h"
#include "methods/method.h"
#include "methods/scores.h"
#include "metrics/confidence_gain_scores.h"
#include "metrics/masks.h"

namespace assay::test {

// What the golden files call `paper` and `authors-code`, as the built-in protocols of these names set it: a
// change of a protocol is a difference from the golden values.

inline const Protocol& protocol_named(const std::string& name) {
  const auto found = std::ranges::find(builtin_protocols(), name, &Protocol::name);
  if (found == builtin_protocols().end()) throw std::runtime_error("no built-in protocol " + name);
  return *found;
}

/// What a run configured with `own` would use under a protocol.
struct Configured {
  std::unique_ptr<Method> method;
  View view;
};
inline Configured configured(const std::string& protocol, const std::string& method,
                             Json own = Json::object()) {
  for (const auto& [key, setting] : protocol_named(protocol).methods.at(method))
    if (!own.contains(key)) own[key] = setting.value;
  Params params(own);
  Configured made{find_entry(methods(), method, params, "").make(params), {}};
  made.view = read_view(params, made.method->view());
  params.finish();
  return made;
}

/// The score that a protocol's occlusion covers up.
inline Score occlusion_score(const std::string& protocol) {
  Params params(Json{{"score", protocol_named(protocol).methods.at("occ").at("score").value}});
  return read_score(params, {"probability", "logit-share", "logit"});
}

inline Json gain_settings(const std::string& protocol) {
  return protocol_named(protocol).resolved().at("metrics").at("confidence-gain");
}
inline MaskRule::Kind mask_kind(const std::string& protocol) {
  return gain_settings(protocol).at("mask") == "authors" ? MaskRule::Kind::authors : MaskRule::Kind::exact;
}
inline GainProtocol gain_protocol(const std::string& protocol) {
  Params params(protocol_named(protocol).resolved().at("scores").at("confidence-gain"));
  return read_gain_protocol(params);
}

}  // namespace assay::test
