#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/network/subject.h"
#include "methods/method.h"
#include "metrics/confidence_gain_scores.h"

namespace assay {

/// What `assay explain` is asked.
struct ExplainRequest {
  std::string image, network, method;
  std::vector<std::string> params;
  std::string target = "predicted";
  double rho = 0.25;
  std::string base = "gaussian", mask = "exact";
  std::int64_t limit = 100;
  std::string out = "explanation.png";
  int threads = 1;
};

/// A method with its view, ready for one network.
struct Explainer {
  std::unique_ptr<Method> method;
  View view;
};

/// What people call a class: its line without the wnid, up to the first comma; Places paths without /a/ and
/// index; "class 3" where the network has no names.
std::string class_name(const Network& network, std::int64_t target);

/// The method that was asked for. Throws ConfigError for an unknown name or parameter, and where the network
/// cannot be served.
Explainer explainer_of(const ExplainRequest& request, const Network& network);

/// Everything that is known about the one image in the end.
struct Findings {
  std::string target;   // name
  Tensor map;           // [H,W]
  Tensor mask, grown;   // bool [H,W]; grown as far as it was observed
  Tensor base, hybrid;  // [3,H,W]; hybrid through the grown mask
  Record record;
  GainObservation seen;
  GainScore score;  // protocol paper
  std::int64_t index = 0;
};

/// Explains and observes the one image of `subject`. Throws ConfigError for an unknown target, DataError for
/// a map that is not finite.
Findings find_out(const ExplainRequest& request, Subject& subject, const Explainer& explainer);

}  // namespace assay
