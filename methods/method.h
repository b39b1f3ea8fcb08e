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

/// A number that a method reports beside its maps, one a query: how far it is from what it should be, say.
struct Figure {
  std::string name;  // snake_case, like a metric's columns
  std::string unit;  // "1" for pure numbers
  Tensor values;     // [Q] in double on the CPU, in the order of the queries
};

/// What a method found, at its own resolution and channels: [Q,C,h,w], signed, larger = more important.
/// Reduction, dilation and resizing are views (view.h), not part of it.
struct Attribution {
  Tensor raw;
  std::vector<Figure> figures = {};
  /// By query, or empty: why its map is constant, or NaN throughout because there is none; "" where nothing
  /// is the matter.
  std::vector<std::string> reasons = {};
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
  /// What attribute() will cost for each query, without seconds (an estimate for `assay plan`).
  virtual Cost price(const Network& network) const = 0;
  /// What price() pays for, where configurations share it: equal words are paid once an image. Empty = not
  /// shared.
  virtual std::string shared_work() const { return ""; }
  /// Parameters that name a layer: one that does not exist is a mistake of the configuration, not a skipped
  /// cell.
  virtual std::vector<std::string> layer_keys() const { return {}; }
  /// Whether maps depend on Subject::seed(), and so on the run's seed.
  virtual bool uses_seed() const { return false; }
  /// Raised when the same parameters give other maps than before: journals of older ones are then computed
  /// anew.
  virtual int version() const { return 1; }
  /// Configurations whose masks are intersected instead of a map of its own (agreement); empty for all
  /// others.
  virtual std::vector<std::string> parts() const { return {}; }
  /// words_of() (shared_attribution.h) the method whose raw attributions this one asks for; "" for most.
  virtual std::string wraps() const { return {}; }
  /// A remark for the table's note column on this network, such as "inputs clamped at 0"; empty when there is
  /// none.
  virtual std::string note(const Network&) const { return {}; }
};

/// The table of contents, in the order of methods.def.
const std::vector<Entry<Method>>& methods();

}  // namespace assay
