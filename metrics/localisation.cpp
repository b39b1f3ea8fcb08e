// Localisation: the grid pointing game and its kin.
//   RA = sum over p in R of A+(p) / sum over p of A+(p)     (A+ = max(A, 0), R = region of the class)
// is the region attribution of VAR (Walter 2025, papers.md 1.3), with a cell of a mosaic as R the grid
// localisation score of CoDA, B-cos (Boehle 2021, 2022) and Rao 2022 (papers.md 5.1), with an object as R the
// energy-based pointing game (Wang, Score-CAM, 2020). Precision, recall, F1 and IoU are those of the pixels
// with A > 0 against R; that VAR makes a map binary like this is our reading (papers.md 1.3). Channels are
// summed, with their signs, before anything is cut off at 0 (papers.md 9): that, smoothing and enlarging are
// the view's part, which must keep the zero of the map (scale: max-abs or none).
#include "harness/network/tensor.h"
#include "metrics/localisation_scores.h"
#include "metrics/metric.h"

namespace assay {
namespace {

Record located(const Tensor& map, const Tensor& region) {
  const Tensor positive = map.to(at::kDouble).clamp_min(0), inside = region.to(map.device());
  const auto sum = [](const Tensor& values) { return values.sum().item<double>(); };
  const auto count = [](const Tensor& pixels) {
    return static_cast<double>(pixels.sum().item<std::int64_t>());
  };
  LocalisationObservation seen;
  seen.positive_inside = sum(positive * inside);
  seen.positive = sum(positive);
  seen.pixels_inside = count(at::logical_and(map > 0, inside));
  seen.positive_pixels = count(map > 0);
  seen.region_pixels = count(inside);
  seen.pixels = static_cast<double>(map.numel());
  if (seen.positive_pixels == 0) return {Status::suspect, "no positive value", values_of(seen)};
  return {Status::ok, "", values_of(seen)};
}

class Localisation : public Metric {
 public:
  std::vector<Column> columns() const override { return localisation_columns(); }
  std::vector<Variant> variants() const override { return {{"", Json::object()}}; }

  std::vector<std::vector<Record>> observe(Subject&, std::span<const Task> tasks,
                                           const Truth& truth) const override {
    std::vector<std::vector<Record>> records;
    for (const Task& task : tasks) {
      std::vector<Record>& made = records.emplace_back();
      for (std::size_t q = 0; q < task.explanation->queries.size(); ++q)
        made.push_back(locate(*task.explanation, q, truth));
    }
    return records;
  }

  Cost price(const Network&) const override { return {}; }
  bool reads_sign() const override { return true; }

 private:
  static Record locate(const Explanation& explanation, std::size_t q, const Truth& truth) {
    const Query& query = explanation.queries[q];
    const std::vector<double> nothing = values_of(LocalisationObservation{});
    if (explanation.maps.size() != 1)
      return {Status::skipped, "an intersection of masks has no values to add up", nothing};
    const Tensor map = explanation.maps.front()[static_cast<std::int64_t>(q)];
    if (!at::isfinite(map).all().item<bool>()) return {Status::failed, "map is not finite", nothing};
    if (const std::string reason = truth.failure(query); !reason.empty())
      return {Status::failed, reason, nothing};
    const Tensor region = truth.region(query);
    if (!region.defined()) return {Status::skipped, "no region of the explained class", nothing};
    Record record = located(map, region);
    if (!region.any().item<bool>())
      record = {Status::skipped, truth.why_unseen(query, "the region"), std::move(record.values)};
    return record;
  }
};

}  // namespace

std::unique_ptr<Metric> make_localisation(Params&) {
  return std::make_unique<Localisation>();
}

}  // namespace assay
