#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "metrics/metric.h"
#include "tests/metrics/toy.h"

namespace assay::test {

/// A metric by its name in a configuration; unknown keys throw.
inline std::unique_ptr<Metric> metric_named(const std::string& name, Json settings = Json::object()) {
  Params params(std::move(settings));
  auto metric = find_entry(metrics(), name, params, "metric").make(params);
  params.finish();
  return metric;
}

/// Small settings of every metric that perturbs images.
inline const std::map<std::string, Json>& perturbing() {
  static const std::map<std::string, Json> all{{"insertion", {{"step", 50}}},
                                               {"deletion", {{"step", 50}}},
                                               {"pixel-flipping", {{"steps", 3}}},
                                               {"aopc", {{"region", 4}, {"steps", 3}, {"repeats", 2}}},
                                               {"road", {{"shares", {0.2, 0.7}}}},
                                               {"sensitivity-n", {{"points", 3}, {"sets", 5}}},
                                               {"infidelity", {{"samples", 9}, {"sides", {2, 5}}}},
                                               {"max-sensitivity", {{"samples", 2}}}};
  return all;
}

/// Records of the first variant, by query.
inline std::vector<Record> observed_by(const Metric& metric, Subject& subject,
                                       const Explanation& explanation) {
  const std::vector<Variant> variants = metric.variants();
  const Task task{&explanation, &variants.front().settings};
  return metric.observe(subject, {&task, 1}, {}).front();
}

inline Explanation signed_explanation(Subject& subject, std::uint64_t seed) {
  return {{random_tensor({subject.images(), kToySide, kToySide}, -1, 1, seed)}, predictions(subject)};
}

inline Subject linear_subject(std::int64_t images) {
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < images; ++i) names.push_back("image " + std::to_string(i));
  return {linear_network(),
          random_tensor({images, 3, kToySide, kToySide}, 0, 255, 5).round(),
          names,
          1,
          {.batch = 8}};
}

/// What each pixel adds to the logit of a linear network, input x gradient: double [Q,14,14].
inline Tensor contributions(const Network& network, const Tensor& pixels, const std::vector<Query>& queries) {
  const Tensor input = network.normalise(pixels.to(at::kFloat)).to(at::kDouble);
  std::vector<Tensor> maps;
  for (const Query& query : queries) {
    const Tensor weights = network.layers()[1].weight()[query.target].to(at::kDouble);
    maps.push_back((input[query.image] * weights.view({3, kToySide, kToySide})).sum(0));
  }
  return at::stack(maps);
}

/// Places of a map [14,14], sorted by value; ties stay in row-major order.
inline std::vector<std::int64_t> sorted_places(const Tensor& map, bool highest) {
  std::vector<std::int64_t> places(static_cast<std::size_t>(map.numel()));
  std::iota(places.begin(), places.end(), std::int64_t{0});
  const Tensor values = map.flatten().to(at::kDouble);
  std::ranges::stable_sort(places, [&](std::int64_t a, std::int64_t b) {
    const auto x = values[a].item<double>(), y = values[b].item<double>();
    return highest ? x > y : x < y;
  });
  return places;
}

/// An image [3,14,14] whose pixels at the first `count` places are those of another.
inline Tensor replaced(const Tensor& image, const Tensor& other, const std::vector<std::int64_t>& places,
                       std::size_t count) {
  Tensor changed = image.clone();
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t row = places[i] / kToySide, column = places[i] % kToySide;
    for (std::int64_t channel = 0; channel < 3; ++channel)
      changed[channel][row][column] = other[channel][row][column];
  }
  return changed;
}

/// Probability and logit of a class on one image [3,14,14], by a whole forward of the network as it is.
inline std::pair<double, double> scores_on_whole(const Network& network, const Tensor& image,
                                                 std::int64_t target) {
  const Tensor logits = network.forward(network.normalise(image.unsqueeze(0)));
  return {scores_of(logits, Score::probability)[0][target].item<double>(), logits[0][target].item<double>()};
}

inline void expect_near(const std::vector<double>& found, const std::vector<double>& wanted,
                        double tolerance) {
  ASSERT_EQ(found.size(), wanted.size());
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], wanted[i], tolerance) << "point " << i;
}

}  // namespace assay::test
