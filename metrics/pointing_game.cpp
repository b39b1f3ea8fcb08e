// Pointing game. Zhang, Bargal, Lin, Brandt, Shen & Sclaroff, "Top-down neural attention by excitation
// backprop", ECCV 2016 (papers.md 4.3).
//   (r, c) = first maximum of the map A in row-major order,   P = g(r, c)
//   distance = min |P - g(q)| over the pixels q of all objects of the class
// with g from pixels of the network's input to those of the ORIGINAL image (ImageGeometry). A hit, a distance
// below 15 px, is a score: tolerances are compared without computing anything again (pointing_game_scores.h).
// The published code enlarges the map to the original first and takes the maximum there; here it is that of
// the map at the network's input, so that the view says how it was enlarged and a point is one of the input's
// pixels.
#include <cmath>
#include <map>

#include "harness/network/tensor.h"
#include "harness/vision/distance.h"
#include "metrics/metric.h"
#include "metrics/pointing_game_scores.h"

namespace assay {
namespace {

/// What all maps of a query are held against.
struct Target {
  Tensor squared_distance;  // [H,W]
  PointObservation seen;    // of the objects alone
};

Target target_of(const Query& query, const Truth& truth) {
  const ImageGeometry& geometry = *truth.geometry(query.image);
  const Tensor mask = truth.region(query).to(at::kCPU);
  Target target{squared_distance(mask, geometry.scale_y, geometry.scale_x), {}};
  const auto pixels = static_cast<double>(mask.sum().item<std::int64_t>());
  const Tensor near = target.squared_distance < kPublishedTolerance * kPublishedTolerance;
  target.seen.target = static_cast<double>(query.target);
  target.seen.area = pixels * geometry.scale_y * geometry.scale_x / geometry.rows / geometry.columns;
  target.seen.near = static_cast<double>(near.sum().item<std::int64_t>()) / static_cast<double>(mask.numel());
  target.seen.objects = target.seen.marked = 0;
  for (const Truth::Object& object : truth.objects(query)) {
    if (!object.visible()) continue;
    target.seen.objects += 1;
    target.seen.marked += object.difficult;
  }
  target.seen.others = static_cast<double>(truth.other_classes(query));
  return target;
}

Record pointed(const Tensor& map, const Target& target, const ImageGeometry& geometry) {
  const std::int64_t place = map.reshape({-1}).argmax().item<std::int64_t>();
  const std::int64_t row = place / map.size(1), column = place % map.size(1);
  PointObservation seen = target.seen;
  seen.row = geometry.offset_y + geometry.scale_y * static_cast<double>(row);
  seen.column = geometry.offset_x + geometry.scale_x * static_cast<double>(column);
  seen.distance = std::sqrt(target.squared_distance[row][column].item<double>());
  if ((map == map.reshape({-1})[0]).all().item<bool>())
    return {Status::suspect, "constant map", values_of(seen)};
  return {Status::ok, "", values_of(seen)};
}

/// The targets of a block, each made once.
class Targets {
 public:
  explicit Targets(const Truth& truth) : truth_(&truth) {}

  const Target& of(const Query& query) {
    const auto key = std::pair(query.image, query.target);
    const auto known = targets_.find(key);
    return known != targets_.end() ? known->second
                                   : targets_.emplace(key, target_of(query, *truth_)).first->second;
  }

 private:
  const Truth* truth_;
  std::map<std::pair<std::int64_t, std::int64_t>, Target> targets_;
};

class PointingGame : public Metric {
 public:
  std::vector<Column> columns() const override { return pointing_game_columns(); }
  std::vector<Variant> variants() const override { return {{"", Json::object()}}; }

  std::vector<std::vector<Record>> observe(Subject&, std::span<const Task> tasks,
                                           const Truth& truth) const override {
    Targets targets(truth);
    std::vector<std::vector<Record>> records;
    for (const Task& task : tasks) {
      std::vector<Record>& made = records.emplace_back();
      for (std::size_t q = 0; q < task.explanation->queries.size(); ++q)
        made.push_back(point(*task.explanation, q, truth, targets));
    }
    return records;
  }

  Cost price(const Network&) const override { return {}; }
  int version() const override { return 2; }  // 2: objects, marked and others count what the input shows

 private:
  static Record point(const Explanation& explanation, std::size_t q, const Truth& truth, Targets& targets) {
    const Query& query = explanation.queries[q];
    const std::vector<double> nothing = values_of(PointObservation{});
    if (explanation.maps.size() != 1)
      return {Status::skipped, "an intersection of masks has no highest point", nothing};
    const Tensor map = explanation.maps.front()[static_cast<std::int64_t>(q)];
    if (!at::isfinite(map).all().item<bool>()) return {Status::failed, "map is not finite", nothing};
    if (const std::string reason = truth.failure(query); !reason.empty())
      return {Status::failed, reason, nothing};
    if (truth.objects(query).empty()) return {Status::skipped, "no object of the explained class", nothing};
    const ImageGeometry* geometry = truth.geometry(query.image);
    if (!geometry) return {Status::skipped, "the size of the original image is not known", nothing};
    if (!truth.region(query).any().item<bool>())
      return {Status::skipped, truth.why_unseen(query, "the object"), nothing};
    return pointed(map, targets.of(query), *geometry);
  }
};

}  // namespace

std::unique_ptr<Metric> make_pointing_game(Params&) {
  return std::make_unique<PointingGame>();
}

}  // namespace assay
