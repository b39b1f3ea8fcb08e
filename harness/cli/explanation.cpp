#include "harness/cli/explanation.h"

#include <fmt/format.h>

#include <cmath>

#include "harness/cli/key_values.h"
#include "harness/core/error.h"
#include "harness/data/dataset.h"
#include "harness/data/label_files.h"
#include "harness/network/mean_pixels.h"
#include "harness/network/tensor.h"
#include "harness/vision/vision.h"
#include "methods/map.h"
#include "metrics/bases.h"
#include "metrics/masks.h"
#include "metrics/metric.h"

namespace assay {
namespace {

std::int64_t target_of(const std::string& word, Subject& subject) {
  if (word == "predicted") return subject.predicted(0);
  const Network& network = subject.network();
  const bool index = is_index(word);
  const Label label{index ? parse_index(word, "--target", 1) : -1, index ? "" : word};
  try {
    return targets_of({"--target", "", {label}}, network).front();
  } catch (const DataError& error) {
    throw ConfigError(error.what());
  }
}

Record observe(const ExplainRequest& request, Subject& subject, const Explanation& explanation) {
  Params params(
      {{"rho", request.rho}, {"base", request.base}, {"mask", request.mask}, {"limit", request.limit}}, "");
  const Params names(Json::object());
  const auto metric = find_entry(metrics(), "confidence-gain", names, "metric").make(params);
  const Json settings = metric->variants().front().settings;
  const Task task{&explanation, &settings};
  return metric->observe(subject, {&task, 1}, {}).front().front();
}

}  // namespace

std::string class_name(const Network& network, std::int64_t target) {
  if (target >= std::ssize(network.classes())) return fmt::format("class {}", target);
  const std::string& line = network.classes()[static_cast<std::size_t>(target)];
  const std::string key = first_word(line);
  const std::vector<std::string> rest = split(line.substr(key.size()), ',');
  if (!rest.empty() && !is_index(rest.front())) return rest.front();
  return key.starts_with('/') && key.size() > 3 ? key.substr(3) : key;
}

Explainer explainer_of(const ExplainRequest& request, const Network& network) {
  Params params(key_values("--param", request.params), "/--param");
  const Params names(Json::object());
  Explainer explainer;
  explainer.method = find_entry(methods(), request.method, names, "--method").make(params);
  explainer.view = read_view(params, explainer.method->view());
  params.finish();
  if (!explainer.method->parts().empty())
    throw ConfigError(
        fmt::format("--method {}: combines configurations of a run; explain shows one", request.method));
  if (const auto why = explainer.method->unsupported(network))
    throw ConfigError(fmt::format("--method {}: network {}: {}", request.method, network.name(), *why));
  return explainer;
}

Findings find_out(const ExplainRequest& request, Subject& subject, const Explainer& explainer) {
  Findings found;
  found.index = target_of(request.target, subject);
  found.target = class_name(subject.network(), found.index);
  const std::vector<Query> queries{{0, found.index}};
  const Attribution attribution = explainer.method->attribute(subject, queries);
  const Explanation explanation{{map_of(explainer.view, attribution.raw, subject)}, queries};
  found.record = observe(request, subject, explanation);
  const std::string known = attribution.reasons.empty() ? "" : attribution.reasons.front();
  if (found.record.status != Status::ok && !known.empty()) found.record.reason = known;
  if (found.record.status == Status::failed)
    throw DataError(fmt::format("{}: {}", request.image, found.record.reason));
  found.seen = gain_observation(found.record.values);
  found.score = gain_score(found.record, GainProtocol{});
  found.map = explanation.maps.front()[0];
  const MaskRule rule{request.rho,
                      request.mask == "authors" ? MaskRule::Kind::authors : MaskRule::Kind::exact, false};
  found.mask = explanation_mask(explanation, 0, rule, subject.seed(0)).to(at::kCPU);
  const std::int64_t steps = found.seen.reached != 0 ? std::llround(found.seen.growth_steps) : request.limit;
  found.grown = dilate(found.mask, steps);
  found.base = base_images(parse_base(request.base), subject.pixels(), mean_pixels(subject))[0].to(at::kCPU);
  found.hybrid = at::where(found.grown, subject.pixels()[0].to(at::kCPU), found.base);
  return found;
}

}  // namespace assay
