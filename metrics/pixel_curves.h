#pragma once

#include <string>
#include <utility>
#include <vector>

#include "metrics/mask_walks.h"
#include "metrics/metric.h"

namespace assay {

/// What insertion, deletion and pixel flipping have in common: pixels are changed in orders that the map
/// gives, and the score of the explained class is followed along each. Records: the number of pixels, and the
/// curves of curve_columns() (curve_scores.h). Metrics differ in orders, points and bases.
class PixelCurves : public Metric {
 public:
  std::vector<Column> columns() const override;
  std::vector<Column> curves() const override;
  std::vector<Variant> variants() const override;
  std::vector<std::vector<Record>> observe(Subject& subject, std::span<const Task> tasks,
                                           const Truth& truth) const override;
  Cost price(const Network& network) const override;

 protected:
  /// `bases`: canonical texts, a variant each; `settings`: what else the observations depend on.
  PixelCurves(std::vector<std::string> bases, Json settings)
      : bases_(std::move(bases)), settings_(std::move(settings)) {}
  /// Order and direction of the walks that a map [H,W] gives, one a prefix of orders().
  virtual std::vector<MaskWalk> walks(const Tensor& map) const = 0;
  /// Prefixes of the curves, one an order: {""}, or {"morf_", "lerf_"}.
  virtual std::vector<std::string> orders() const = 0;
  /// Points of a curve on an image of so many pixels.
  virtual std::vector<std::int64_t> points(const Json& settings, std::int64_t pixels) const = 0;

 private:
  /// A record, and which walks its curves come from.
  struct Followed {
    Record record;
    std::size_t first = 0, count = 0;
  };
  Followed begin(const Task& task, std::size_t query, BaseImages& bases, std::vector<MaskWalk>& walks) const;

  std::vector<std::string> bases_;
  Json settings_;
};

}  // namespace assay
