#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/core/registry.h"
#include "harness/network/subject.h"
#include "methods/view.h"

namespace assay {

/// What a method found, at its own resolution and channels: [Q,C,h,w], signed, larger = more important.
/// Reduction, dilation and resizing are views (view.h), not part of it.
struct Attribution {
  Tensor raw;
};

/// An explainer. Knows nothing of files, ranks or YAML. Its constructor reads its parameters, each with
/// default and meaning; the same object serves any network and image.
class Method {
 public:
  virtual ~Method() = default;
  /// Why this network cannot be served, naming the layer; nothing when it can. A layer that does not exist is
  /// one such.
  virtual std::optional<std::string> unsupported(const Network&) const { return std::nullopt; }
  /// Deterministic for (network, image, target, parameters).
  virtual Attribution attribute(Subject& subject, std::span<const Query> queries) const = 0;
  /// The view that suits this method when the configuration does not say otherwise.
  virtual View view() const { return {}; }
  /// Passes that attribute() will need for each query (an estimate for `assay plan`).
  virtual Cost price(const Network& network) const = 0;
  /// Configurations whose masks are intersected instead of a map of its own (agreement); empty for all
  /// others.
  virtual std::vector<std::string> parts() const { return {}; }
  /// A remark for the table's note column on this network, such as "inputs clamped at 0"; empty when there is
  /// none.
  virtual std::string note(const Network&) const { return {}; }
};

/// The table of contents, in the order of methods.def.
const std::vector<Entry<Method>>& methods();

}  // namespace assay
