#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/core/seed.h"
#include "harness/vision/vision.h"
#include "metrics/metric.h"
#include "tests/metrics/toy.h"

namespace assay::test {

/// d logit / d input, summed over channels.
inline std::vector<Tensor> gradient_maps(Subject& subject, std::span<const Query> queries) {
  return {subject.gradient(0, queries, Score::logit).sum(1).to(at::kFloat)};
}

/// The control `edge`: neither network nor class nor random numbers.
inline std::vector<Tensor> edge_maps(Subject& subject, std::span<const Query> queries) {
  std::vector<Tensor> maps;
  for (const Query& query : queries) maps.push_back(sobel(subject.pixels().narrow(0, query.image, 1))[0]);
  return {at::stack(maps)};
}

/// The control `random`: the image's random numbers and nothing else.
inline std::vector<Tensor> random_maps(Subject& subject, std::span<const Query> queries) {
  std::vector<Tensor> maps;
  for (const Query& query : queries)
    maps.push_back(random_tensor({kToySide, kToySide}, 0, 1, subject.seed(query.image)));
  return {at::stack(maps)};
}

/// Of the queries, made by `again`, which is kept in it.
inline Explanation explained(Subject& subject, const std::vector<Query>& queries, const ExplainAgain& again) {
  return {again(subject, queries), queries, again};
}

inline std::unique_ptr<Metric> sanity_metric(const std::string& name, Json settings = Json::object()) {
  if (!settings.contains("cell")) settings["cell"] = 4;
  Params params(std::move(settings));
  auto metric = find_entry(metrics(), name, params, "metric").make(params);
  params.finish();
  return metric;
}

/// The records of one explanation under the first variant.
inline std::vector<Record> checked(const Metric& metric, Subject& subject, const Explanation& explanation) {
  const Variant variant = metric.variants().front();
  const Task task{&explanation, &variant.settings};
  return metric.observe(subject, {&task, 1}, {}).front();
}

/// On images first .. first + images of four.
inline Subject subject_of(const Network& network, std::int64_t first, std::int64_t images,
                          std::uint64_t seed = 1) {
  std::vector<std::string> names;
  for (std::int64_t i = first; i < first + images; ++i) names.push_back("image " + std::to_string(i));
  const Tensor pixels = random_tensor({4, 3, kToySide, kToySide}, 0, 255, 5).round();
  return {network, pixels.narrow(0, first, images), names, seed, {.batch = 8}};
}

}  // namespace assay::test
