#include <fmt/format.h>

#include "harness/network/tensor.h"
#include "metrics/masks.h"
#include "metrics/metric.h"
#include "metrics/region_overlap_scores.h"

namespace assay {
namespace {

Record overlap_of(const Tensor& mask, const Tensor& region) {
  const auto count = [](const Tensor& pixels) {
    return static_cast<double>(pixels.sum().item<std::int64_t>());
  };
  OverlapObservation seen;
  seen.mask_pixels = count(mask);
  seen.region_pixels = count(region);
  seen.overlap_pixels = count(at::logical_and(mask, region.to(mask.device())));
  seen.pixels = static_cast<double>(mask.numel());
  if (seen.mask_pixels == 0) return {Status::suspect, "empty mask", values_of(seen)};
  return {Status::ok, "", values_of(seen)};
}

/// The masks of confidence-gain against the regions of the explained class.
class RegionOverlap : public Metric {
 public:
  explicit RegionOverlap(Params& params) : rules_(read_mask_rules(params)) {}

  std::vector<Column> columns() const override { return region_overlap_columns(); }

  std::vector<Variant> variants() const override {
    std::vector<Variant> all;
    for (const Json& rule : rules_)
      all.push_back({fmt::format("rho={}", rule.at("rho").get<double>()), rule});
    return all;
  }

  std::vector<std::vector<Record>> observe(Subject& subject, std::span<const Task> tasks,
                                           const Truth& truth) const override {
    std::vector<std::vector<Record>> records;
    for (const Task& task : tasks) {
      const MaskRule rule = mask_rule_of(*task.settings);
      std::vector<Record>& made = records.emplace_back();
      for (std::size_t q = 0; q < task.explanation->queries.size(); ++q)
        made.push_back(observe(subject, *task.explanation, q, rule, truth));
    }
    return records;
  }

  Cost price(const Network&) const override { return {}; }
  bool uses_seed(const Json& settings) const override { return settings.at("ties") == "random"; }

 private:
  static Record observe(Subject& subject, const Explanation& explanation, std::size_t q, const MaskRule& rule,
                        const Truth& truth) {
    const Query& query = explanation.queries[q];
    const auto index = static_cast<std::int64_t>(q);
    for (const Tensor& maps : explanation.maps)
      if (!at::isfinite(maps[index]).all().item<bool>())
        return {Status::failed, "map is not finite", values_of(OverlapObservation{})};
    if (const std::string reason = truth.failure(query); !reason.empty())
      return {Status::failed, reason, values_of(OverlapObservation{})};
    const Tensor region = truth.region(query);
    if (!region.defined())
      return {Status::skipped, "no region of the explained class", values_of(OverlapObservation{})};
    Record record = overlap_of(explanation_mask(explanation, index, rule, subject.seed(query.image)), region);
    if (!region.any().item<bool>())
      record = {Status::skipped, truth.why_unseen(query, "the object"), std::move(record.values)};
    return record;
  }

  std::vector<Json> rules_;
};

}  // namespace

std::unique_ptr<Metric> make_region_overlap(Params& params) {
  return std::make_unique<RegionOverlap>(params);
}

}  // namespace assay
