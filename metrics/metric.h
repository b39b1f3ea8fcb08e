#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "harness/core/geometry.h"
#include "harness/core/record.h"
#include "harness/core/registry.h"
#include "harness/network/subject.h"

namespace assay {

/// Explains again: the maps, [queries,H,W] each as in Explanation::maps, that the same method finds with the
/// same parameters and view for `queries` of a subject of the same input size. What differs is the caller's
/// choice: the subject's network, seed or pixels (Subject::changed()), or the classes. Deterministic, and on
/// an unchanged subject the same bits as before. The subject is billed; explanations that share a raw
/// attribution share it there too. Throws what the method throws, and what it finds need not be finite.
using ExplainAgain = std::function<std::vector<Tensor>(Subject& subject, std::span<const Query> queries)>;

/// One or more maps of the same queries: [Q,H,W] float32, larger = more important. Several (agreement) mean
/// that the metric thresholds each and intersects. Metrics never learn which method made it.
struct Explanation {
  std::vector<Tensor> maps;
  std::vector<Query> queries;  // Q of them
  ExplainAgain again = {};     // empty where nobody can (maps that no method of a plan made)
};

/// What is known of the images of a block, however it was found out: where the object of a class is.
class Truth {
 public:
  /// bool [H,W], true on the object, at the network's input; regions of one class on one image add up.
  void add(const Query& query, const Tensor& region);
  /// There is a region, but it cannot be had.
  void fail(const Query& query, std::string reason);
  /// Undefined where nothing is known.
  Tensor region(const Query& query) const;
  /// How many other classes have an object on the query's image that the input shows.
  std::int64_t other_classes(const Query& query) const;
  /// Why a region that is known has no pixel: `what`, "the object", is too small for one where the input
  /// holds the whole image; where it does not, or that is not known, it may lie outside as well.
  std::string why_unseen(const Query& query, const std::string& what) const;
  /// Why a region is missing; empty where none is.
  std::string failure(const Query& query) const;

  /// One object of a class on an image.
  struct Object {
    Tensor mask; /* bool [H,W] at the network's input */
    bool difficult;
    /// Some pixel of the input shows it.
    bool visible() const;
  };
  void set_geometry(std::int64_t image, ImageGeometry geometry);
  /// Its mask is added to the region as well.
  void add_object(const Query& query, Object object);
  /// Where the input lies on the original image; null where that is not known.
  const ImageGeometry* geometry(std::int64_t image) const;
  /// The objects of the query's class on its image, in the order they were added, visible or not.
  std::span<const Truth::Object> objects(const Query& query) const;

 private:
  using Key = std::pair<std::int64_t, std::int64_t>;  // image and class
  std::map<Key, Tensor> regions_;
  std::map<std::int64_t, ImageGeometry> geometries_;  // by image
  std::map<Key, std::vector<Object>> objects_;
  std::map<Key, std::string> failures_;
};

/// One setting of a metric with every list expanded: one cell of the table for each explanation.
struct Variant {
  std::string label;  // "rho=0.25 base=gaussian": only what varies
  Json settings;      // canonical: the variant's identity
};

/// One thing to observe: an explanation under a variant.
struct Task {
  const Explanation* explanation;
  const Json* settings;  // of the variant
};

/// Observes explanations of one block: ALL of them at once, so that their predictions share full batches.
/// Records hold observations (probabilities, areas, counts); scores are functions of them, applied at report
/// time (*_scores.h).
class Metric {
 public:
  virtual ~Metric() = default;
  virtual std::vector<Column> columns() const = 0;
  /// Names, units and meaning of the curves that its records have besides, in the order of Record::curves.
  virtual std::vector<Column> curves() const { return {}; }
  /// The variants that the parameters ask for, lists expanded, in a fixed order.
  virtual std::vector<Variant> variants() const = 0;
  /// Records by task, then by query of its explanation: a function of the task alone, whatever else came
  /// along and whatever variants this object was configured with. Explanations with an empty mask, NaN maps
  /// and the like get a status. Their cost is what the task asks for, shared or not; seconds are left to the
  /// caller, who sees only those of all together.
  virtual std::vector<std::vector<Record>> observe(Subject& subject, std::span<const Task> tasks,
                                                   const Truth& truth) const = 0;
  /// What one query of one variant will cost on average, without seconds (an estimate for `assay plan`).
  virtual Cost price(const Network& network) const = 0;
  /// How often one query of such a variant is explained again, each time at the price of its method.
  virtual std::int64_t explains_again(const Network& /*network*/, const Json& /*settings*/) const {
    return 0;
  }
  /// Whether the sign of a map matters, and with it where its zero lies: a map that its view scaled by
  /// min-max gets a remark in the table.
  virtual bool reads_sign() const { return false; }
  /// Whether records under these settings depend on Subject::seed(), and so on the run's seed.
  virtual bool uses_seed(const Json& /*settings*/) const { return false; }
  /// Raised when the same settings give other records than before.
  virtual int version() const { return 1; }
};

/// The table of contents, in the order of metrics.def.
const std::vector<Entry<Metric>>& metrics();

}  // namespace assay
