#include <gtest/gtest.h>

#include <cmath>

#include "harness/network/propagate.h"
#include "harness/network/summary.h"
#include "harness/vision/vision.h"
#include "tests/methods/expect.h"

namespace assay::test {
namespace {

/// 10x10 input behind a preprocessing; "map" has seven channels, 5x5, one of them the same everywhere; a
/// shortcut leads past "high".
Network masked_network() {
  Toy toy(10, 10);
  toy.preprocess().pre_scale = 0.5;
  toy.preprocess().mean = {60, 50, 70};
  toy.preprocess().std = {30, 20, 25};
  Tensor weight = normal({7, 3, 3, 3}, 71) * 0.3, bias = normal({7}, 72).abs();
  weight[4].zero_();
  const Attributes halves{.kernel = {3, 3}, .stride = {2, 2}, .pad = {1, 1, 1, 1}};
  const int map = toy.add(Kind::relu, "map", {toy.add(Kind::conv, "low", {0}, halves, {weight, bias})});
  // Without padding, so that a channel of one value stays one.
  const int high = toy.add(Kind::relu, "high", {toy.conv("high conv", map, 7, 7, 1)});
  const int sum = toy.add(Kind::add, "sum", {high, map});
  toy.linear("logits", toy.add(Kind::global_max_pool, "peak", {sum}), 7, 4);
  return toy.network("masked");
}

constexpr std::int64_t kChannels = 7, kConstant = 4;

Subject masked_subject(const Network& network) {
  return two_images(network, 60, 120);
}

/// Layers of one image in double.
std::vector<Tensor> exact_values(const Subject& subject, std::int64_t image) {
  return exact_activations(subject.network(), input_of(subject, image));
}

double score_at(const Tensor& logits, std::int64_t target, Score score) {
  return scores_of(logits.flatten(1), score)[0][target].item<double>();
}

/// The formula channel by channel with a forward pass for each, [1,h,w].
Tensor slow_score_cam(const Subject& subject, const Query& query, bool softmax, bool black, Score score) {
  const Network& network = subject.network();
  const Tensor input = input_of(subject, query.image);
  const Tensor base = black ? network.normalise(at::zeros({1, 3, 10, 10})) : at::zeros({1, 3, 10, 10});
  const Tensor maps = exact_values(subject, query.image)[static_cast<std::size_t>(network.find("map"))][0];
  std::vector<double> weights;
  for (std::int64_t k = 0; k < kChannels; ++k) {
    if (k == kConstant) continue;
    const Tensor enlarged = resize_bilinear(maps[k].unsqueeze(0), 10, 10)[0];
    const double low = enlarged.min().item<double>(), high = enlarged.max().item<double>();
    const Tensor mask = ((enlarged - low) / (high - low)).to(at::kFloat);
    EXPECT_EQ(mask.min().item<double>(), 0);
    EXPECT_EQ(mask.max().item<double>(), 1);
    weights.push_back(score_at(network.forward(base + mask * (input - base)), query.target, score));
  }
  if (softmax) {
    double total = 0;
    for (const double weight : weights) total += std::exp(weight);
    for (double& weight : weights) weight = std::exp(weight) / total;
  }
  const Tensor sum = at::zeros({1, 5, 5}, at::kDouble);
  for (std::int64_t k = 0, next = 0; k < kChannels; ++k)
    if (k != kConstant) sum[0].add_(maps[k], weights[static_cast<std::size_t>(next++)]);
  return sum;
}

TEST(ScoreCam, EqualsFullForwards) {
  const Network network = masked_network();
  Subject subject = masked_subject(network);
  for (const char* weights : {"softmax", "plain"})
    for (const char* fill : {"mean", "black"})
      for (const Score score : {Score::logit, Score::probability}) {
        const Json settings{
            {"layer", "map"}, {"weights", weights}, {"fill", fill}, {"score", name_of(score)}};
        const Tensor raw = make("score-cam", settings)->attribute(subject, kThreeQueries).raw;
        for (std::size_t q = 0; q < kThreeQueries.size(); ++q)
          expect_equal_maps(raw[static_cast<std::int64_t>(q)],
                            slow_score_cam(subject, kThreeQueries[q], weights == std::string("softmax"),
                                           fill == std::string("black"), score),
                            1e-4, settings.dump());
      }
}

TEST(ScoreCam, FillsWithTheMeanImageWhereThereIsOne) {
  const Network network = masked_network();
  Preprocess with_image = network.preprocess();
  with_image.mean_image = (normal({3, 10, 10}, 73) * 10 + 60);
  Preprocess without = network.preprocess();
  without.mean = {0, 0, 0};
  // The same network inputs behind both, so that only what is filled in can make a difference.
  const Tensor pixels = normal({2, 3, 10, 10}, 74) * 60 + 120;
  const Tensor shifted = pixels - with_image.mean_image / with_image.pre_scale;
  Subject one(network.with_preprocess(with_image), pixels, {"a", "b"}, 1, {.batch = 4});
  Subject other(network.with_preprocess(without), shifted, {"a", "b"}, 1, {.batch = 4});
  const auto raw = [](Subject& subject, const char* fill) {
    const Json settings{{"layer", "map"}, {"weights", "plain"}, {"fill", fill}};
    return make("score-cam", settings)->attribute(subject, kThreeQueries).raw;
  };
  expect_equal_maps(raw(one, "mean"), raw(other, "mean"), 1e-4, "mean");
  EXPECT_GT(largest(raw(one, "black") - raw(one, "mean")), 1e-3 * largest(raw(one, "mean")));
}

TEST(ScoreCam, ChannelsThatAreTheSameEverywhereCostNothing) {
  const Network network = masked_network();
  Subject subject = masked_subject(network);
  const std::vector<Query> query{{1, 2}};
  const auto method = make("score-cam", {{"layer", "map"}});
  method->attribute(subject, query);
  EXPECT_EQ(subject.bill().forwards, 1 + kChannels - 1);
  EXPECT_EQ(method->price(network).forwards, 1 + kChannels);

  Subject grey(network, at::full({1, 3, 10, 10}, 120.0), {"grey"}, 1, {.batch = 4});
  const std::vector<Query> first{{0, 2}};
  const auto at_input = make("score-cam", {{"layer", "input"}});
  EXPECT_EQ(largest(at_input->attribute(grey, first).raw), 0);
  EXPECT_EQ(grey.bill().forwards, 1);
}

TEST(ScoreCam, CostsAreWhatItSays) {
  expect_honest("score-cam", {{"layer", "low relu"}}, [] {
    Toy toy(8, 8);
    const int low = toy.add(Kind::leaky_relu, "low relu", {toy.conv("low", 0, 3, 9, 3)}, {.slope = 0.5});
    toy.linear("logits", toy.add(Kind::global_avg_pool, "mean", {low}), 9, 4);
    return toy.network("leaky");
  }());
}

/// The formula channel by channel: all layers again with that channel set to 0, [1,h,w].
Tensor slow_ablation_cam(const Subject& subject, const Query& query, const std::string& layer, Score score) {
  const Network exact = subject.network().to(at::kDouble);
  const auto replaced = static_cast<std::size_t>(exact.find(layer));
  const std::vector<Tensor> known = exact_values(subject, query.image);
  const double whole = score_at(known.back(), query.target, score);
  Tensor sum = at::zeros({1, known[replaced].size(2), known[replaced].size(3)}, at::kDouble);
  for (std::int64_t k = 0; k < known[replaced].size(1); ++k) {
    std::vector<Tensor> values = known;
    values[replaced] = known[replaced].clone();
    values[replaced][0][k].zero_();
    for (std::size_t i = replaced + 1; i < values.size(); ++i) {
      std::vector<Tensor> inputs;
      for (const int read : exact.layers()[i].inputs)
        inputs.push_back(values[static_cast<std::size_t>(read)]);
      values[i] = Network::run(exact.layers()[i], inputs);
    }
    const double fall = whole - score_at(values.back(), query.target, score);
    sum[0].add_(known[replaced][0][k], fall / std::abs(whole));
  }
  return sum;
}

TEST(AblationCam, EqualsFullForwards) {
  const Network network = masked_network();
  Subject subject = masked_subject(network);
  for (const char* layer : {"map", "high", "sum"})
    for (const Score score : {Score::logit, Score::probability}) {
      const auto method = make("ablation-cam", {{"layer", layer}, {"score", name_of(score)}});
      const Tensor raw = method->attribute(subject, kThreeQueries).raw;
      for (std::size_t q = 0; q < kThreeQueries.size(); ++q)
        expect_equal_maps(raw[static_cast<std::int64_t>(q)],
                          slow_ablation_cam(subject, kThreeQueries[q], layer, score), 1e-9,
                          std::string(layer) + " " + std::string(name_of(score)));
    }
}

/// Logits = W mean(A) + b: without channel k the logit falls by W_yk mean(A_k).
TEST(AblationCam, OfAPooledNetworkInClosedForm) {
  Toy toy(6, 6);
  const int map = toy.add(Kind::relu, "map", {toy.conv("conv", 0, 3, 5, 3)});
  toy.linear("logits", toy.add(Kind::global_avg_pool, "mean", {map}), 5, 4);
  const Network network = toy.network();
  Subject subject = two_images(network);
  const Tensor raw = make("ablation-cam")->attribute(subject, kThreeQueries).raw;
  const Tensor weight = network.layers().back().weight().to(at::kDouble);
  for (std::int64_t q = 0; q < 3; ++q) {
    const auto [image, target] = kThreeQueries[static_cast<std::size_t>(q)];
    const std::vector<Tensor> values = exact_values(subject, image);
    const Tensor maps = values[static_cast<std::size_t>(map)][0];
    const double logit = score_at(values.back(), target, Score::logit);
    const Tensor falls = weight[target] * maps.mean({1, 2}) / std::abs(logit);
    expect_equal_maps(raw[q], (falls.view({5, 1, 1}) * maps).sum(0, /*keepdim=*/true), 1e-9, "pooled");
  }
}

TEST(AblationCam, ScoresShareTheAblatedLogits) {
  const Network network = masked_network();
  Subject subject = masked_subject(network);
  const std::vector<Query> query{{1, 2}}, other{{1, 0}};
  const auto logit = make("ablation-cam", {{"layer", "map"}}),
             probability = make("ablation-cam", {{"layer", "map"}, {"score", "probability"}}),
             higher = make("ablation-cam", {{"layer", "high"}});
  EXPECT_EQ(logit->shared_work(), probability->shared_work());
  EXPECT_NE(logit->shared_work(), higher->shared_work());
  logit->attribute(subject, query);
  const Cost first = subject.bill();
  const std::int64_t done = subject.done().forwards;
  probability->attribute(subject, other);
  EXPECT_EQ(subject.bill().work, first.work);  // what it would cost alone
  EXPECT_EQ(subject.done().forwards, done);
  higher->attribute(subject, query);
  EXPECT_GT(subject.done().forwards, done);
}

TEST(AblationCam, CostsAreTheTailOnly) {
  const Network network = masked_network();
  for (const char* layer : {"map", "sum", ""}) expect_honest("ablation-cam", {{"layer", layer}}, network);
  const Cost cost = make("ablation-cam", {{"layer", "map"}})->price(network);
  EXPECT_EQ(cost.forwards, 1 + kChannels);
  const std::int64_t full = multiply_adds(network), tail = 7 * 7 * 5 * 5 + 7 * 4;
  EXPECT_EQ(cost.work, (Work{(1 + kChannels) * full, full + kChannels * tail}));
}

}  // namespace
}  // namespace assay::test
