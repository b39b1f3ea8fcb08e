#include "metrics/pixel_curves.h"

#include <fmt/format.h>

#include "harness/network/summary.h"
#include "metrics/curve_scores.h"
#include "metrics/score_curves.h"

namespace assay {
namespace {

/// How many images so many walks with these points show. With no pixel changed, and with all of them, every
/// walk shows the same one.
std::int64_t images_shown(std::span<const std::int64_t> points, std::int64_t walks, std::int64_t pixels) {
  const std::int64_t common = points.back() == pixels ? 2 : 1;
  return walks * (std::ssize(points) - common) + common;
}

/// Of one map, `walks` with their `logits`.
void put_curves(std::int64_t target, std::span<const MaskWalk> walks, std::span<const Tensor> logits,
                const Cost& forward, Record& record) {
  for (std::size_t w = 0; w < walks.size(); ++w) {
    ScoreSeries series = score_series(logits[w], target);
    record.curves.push_back(std::move(series.probability));
    record.curves.push_back(std::move(series.logit));
  }
  const std::vector<std::int64_t>& points = walks.front().points;
  const std::int64_t pixels = walks.front().order.numel();
  record.curves.emplace_back(points.begin(), points.end());
  record.values = {static_cast<double>(pixels)};
  record.cost = forward * images_shown(points, std::ssize(walks), pixels);
}

}  // namespace

std::vector<Column> PixelCurves::columns() const {
  return {{"pixels", "px", Better::neither, 0, 0, "size of the image, N"}};
}

std::vector<Column> PixelCurves::curves() const {
  return curve_columns({orders(), kScores});
}

std::vector<Variant> PixelCurves::variants() const {
  std::vector<Variant> all;
  for (const std::string& base : bases_) {
    Json settings = settings_;
    settings["base"] = base;
    all.push_back({fmt::format("base={}", base), std::move(settings)});
  }
  return all;
}

PixelCurves::Followed PixelCurves::begin(const Task& task, std::size_t query, BaseImages& bases,
                                         std::vector<MaskWalk>& walks) const {
  const SingleMap single = single_map(*task.explanation, query);
  Followed one{.record = {single.status, single.reason, {kNaN}}, .first = walks.size()};
  if (!single.map.defined()) return one;
  for (MaskWalk& walk : this->walks(single.map)) {
    walk.image = task.explanation->queries[query].image;
    walk.base = bases.place_of(task.settings->at("base").get<std::string>());
    walk.points = points(*task.settings, single.map.numel());
    walks.push_back(std::move(walk));
  }
  one.count = walks.size() - one.first;
  return one;
}

std::vector<std::vector<Record>> PixelCurves::observe(Subject& subject, std::span<const Task> tasks,
                                                      const Truth& /*truth*/) const {
  BaseImages bases(subject);
  std::vector<MaskWalk> walks;
  std::vector<Followed> followed;
  for (const Task& task : tasks)
    for (std::size_t q = 0; q < task.explanation->queries.size(); ++q)
      followed.push_back(begin(task, q, bases, walks));
  const std::vector<Tensor> logits = walk_logits(subject, bases.images(), walks);
  const Cost forward = cost_of_passes(subject.network(), 1);
  std::vector<std::vector<Record>> records;
  auto next = followed.begin();
  for (const Task& task : tasks) {
    std::vector<Record>& made = records.emplace_back();
    for (const Query& query : task.explanation->queries) {
      Followed& one = *next++;
      if (one.count > 0)
        put_curves(query.target, std::span(walks).subspan(one.first, one.count),
                   std::span(logits).subspan(one.first, one.count), forward, one.record);
      made.push_back(std::move(one.record));
    }
  }
  return records;
}

Cost PixelCurves::price(const Network& network) const {
  const Preprocess& input = network.preprocess();
  const std::int64_t pixels = input.height * input.width;
  return cost_of_passes(network, images_shown(points(settings_, pixels), std::ssize(orders()), pixels));
}

}  // namespace assay
