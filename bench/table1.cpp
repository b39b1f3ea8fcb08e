#include "bench/table1.h"

#include <ctime>
#include <utility>

#include "harness/core/stopwatch.h"

namespace assay::bench {
namespace {

/// Sizes one after the other, as the methods of a configuration are.
double occlude(Subject& subject, const std::vector<Square>& squares, std::int64_t target) {
  const std::vector<Perturbation> all = perturbations(subject.network(), squares);
  double sum = 0;
  for (std::size_t first = 0, last = 0; first < all.size(); first = last) {
    while (last < all.size() && squares[last].size == squares[first].size) ++last;
    const Tensor logits = subject.predict(0, std::span(all).subspan(first, last - first));
    sum += scores_of(logits, Score::probability).select(1, target).sum().item<double>();
  }
  return sum;
}

}  // namespace

std::vector<Growth> grow_prepared(Subject& subject, const PreparedImage& image, std::int64_t limit) {
  std::vector<Tensor> bases;
  for (const Tensor& base : image.bases.unbind(0)) bases.push_back(base.unsqueeze(0));
  std::vector<GrowthTask> tasks;
  for (std::int64_t i = 0; i < image.masks.size(0); ++i)
    tasks.push_back({.image = 0,
                     .target = image.target,
                     .base = static_cast<std::size_t>(image.base_of[i].item<std::int64_t>()),
                     .mask = image.masks[i].to(at::kBool),
                     .limit = limit});
  return grow(subject, bases, tasks);
}

Tensor steps_of(const std::vector<Growth>& growths) {
  std::vector<std::int64_t> steps;
  for (const Growth& growth : growths) steps.push_back(growth.reached ? growth.steps : kNotReached);
  return at::tensor(steps, at::kLong);
}

Table1Work do_table1(const Network& network, const Prepared& prepared, int batch) {
  Table1Work total;
  const std::clock_t before = std::clock();
  for (const PreparedImage& image : prepared.images) {
    Subject subject(network, image.pixels.unsqueeze(0), {image.name}, /*seed=*/1, {.batch = batch});
    Stopwatch watch;
    total.probabilities += occlude(subject, prepared.squares, image.target);
    total.occlusion_seconds += std::exchange(watch, {}).seconds();
    const Cost occlusions = subject.done();
    total.steps.push_back(steps_of(grow_prepared(subject, image, prepared.limit)));
    total.growth_seconds += watch.seconds();
    total.occlusion_forwards += occlusions.forwards;
    total.growth_forwards += subject.done().forwards - occlusions.forwards;
    total.windows += occlusions.work;
  }
  total.cpu_seconds = static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
  return total;
}

}  // namespace assay::bench
