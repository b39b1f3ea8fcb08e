#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/network/heads.h"
#include "harness/network/propagate.h"
#include "harness/network/tensor.h"
#include "methods/excitation_walk.h"
#include "tests/methods/make.h"
#include "tests/toy.h"

namespace assay::test {
namespace {

using ::testing::HasSubstr;

Network small_network(bool leaky = false) {
  Toy toy(8, 8);
  const int low = toy.conv("low", 0, 3, 6, 3);
  const int low_relu = toy.add(leaky ? Kind::leaky_relu : Kind::relu, "low relu", {low}, {.slope = 0.3});
  const int pool = toy.add(Kind::max_pool, "pool", {low_relu}, {.kernel = {2, 2}, .stride = {2, 2}});
  const int high = toy.conv("high", pool, 6, 5, 3);
  const int high_relu = toy.add(Kind::relu, "high relu", {high});
  const int average = toy.add(Kind::global_avg_pool, "average", {high_relu});
  toy.linear("logits", average, 5, 4);
  return toy.network("small");
}

Subject some_subject(const Network& network, std::uint64_t seed = 3) {
  const Preprocess& p = network.preprocess();
  return Subject(network, normal({2, 3, p.height, p.width}, 80).abs() * 3, {"first", "second"}, seed,
                 {.batch = 4});
}

const std::vector<Query> kQueries{{1, 2}, {0, 3}};

TEST(Methods, EveryEntryDescribesItself) {
  std::vector<std::string> names;
  for (const Entry<Method>& entry : methods()) {
    names.push_back(entry.name);
    EXPECT_FALSE(entry.summary.empty());
    Params params = Params::describing();
    ASSERT_NE(entry.make(params), nullptr) << entry.name;
    for (const ParamDoc& doc : params.docs()) EXPECT_FALSE(doc.doc.empty()) << entry.name << doc.key;
  }
  EXPECT_EQ(names, (std::vector<std::string>{"occ",
                                             "prediction-difference",
                                             "regional-prediction-difference",
                                             "grad",
                                             "input-gradient",
                                             "integrated-gradients",
                                             "smooth-grad",
                                             "deconvolution",
                                             "guided-backprop",
                                             "grad-cam",
                                             "grad-cam-plus-plus",
                                             "layer-cam",
                                             "guided-grad-cam",
                                             "score-cam",
                                             "ablation-cam",
                                             "mwp",
                                             "c-mwp",
                                             "lrp",
                                             "rise",
                                             "extremal-perturbation",
                                             "var",
                                             "shared-features",
                                             "regional",
                                             "agreement",
                                             "random",
                                             "center",
                                             "edge",
                                             "uniform"}));
}

TEST(Gradient, OfALinearNetworkIsItsWeights) {
  Toy toy(3, 3);
  const Tensor weight = normal({4, 27}, 90), bias = normal({4}, 91);
  toy.add(Kind::linear, "logits", {0}, {}, {weight, bias});
  toy.preprocess().std = {2, 2, 2};
  Subject subject = some_subject(toy.network());
  const Tensor logit = make("grad", {{"score", "logit"}})->attribute(subject, kQueries).raw.to(at::kFloat);
  EXPECT_TRUE(at::allclose(logit[0], weight[2].view({3, 3, 3})));
  EXPECT_TRUE(at::allclose(logit[1], weight[3].view({3, 3, 3})));

  // d p_y / d x = p_y (W_y - sum_c p_c W_c)
  const Tensor p = scores_of(subject.logits(), Score::probability)[1].to(at::kFloat);
  const Tensor expected = p[2] * (weight[2] - p.unsqueeze(0).matmul(weight)[0]);
  const Tensor probability = make("grad")->attribute(subject, kQueries).raw.to(at::kFloat);
  EXPECT_TRUE(at::allclose(probability[0].reshape({-1}), expected, 1e-4, 1e-7));
  EXPECT_EQ(make("grad")->view().reduce, "max-abs");
}

TEST(Excitation, MapsSumToOneAndContrastsToZero) {
  const Network network = small_network();
  Subject subject = some_subject(network);
  const auto mwp = make("mwp", {{"layer", "pool"}});
  const Tensor raw = mwp->attribute(subject, kQueries).raw;
  EXPECT_EQ(raw.sizes(), (std::vector<std::int64_t>{2, 6, 4, 4}));
  EXPECT_EQ(raw.scalar_type(), at::kDouble);
  EXPECT_TRUE(at::allclose(raw.sum({1, 2, 3}), at::ones({2}, at::kDouble), 1e-9));
  EXPECT_GE(raw.min().item<double>(), 0);

  const auto contrastive = make("c-mwp", {{"layer", "pool"}, {"contrast", "average"}});
  const Tensor difference = contrastive->attribute(subject, kQueries).raw;
  EXPECT_NEAR(difference.sum().item<double>(), 0, 1e-9);
  EXPECT_LT(difference.min().item<double>(), 0);
  EXPECT_GT(difference.max().item<double>(), 0);
  for (const auto* method : {mwp.get(), contrastive.get()}) {
    EXPECT_FALSE(method->unsupported(network));
    EXPECT_TRUE(method->view().positive && method->view().clamp);
  }
}

TEST(Excitation, ContrastIsTheDifferenceOfTwoWalks) {
  const Network network = small_network();
  Subject subject = some_subject(network);
  const Tensor& weight = network.layers()[static_cast<std::size_t>(network.output())].weight();
  const auto& activations = subject.activations(1, true);
  const Tensor x = activations[static_cast<std::size_t>(network.find("average"))].view({5}).to(at::kDouble);
  const Contrast found = contrast_at(network, activations, 2, network.find("average"));
  const Tensor w = weight[2].to(at::kDouble);
  const Tensor up = x * w.clamp_min(0), down = x * (-w).clamp_min(0);
  EXPECT_TRUE(at::allclose(found.plain.view({5}), up / up.sum()));
  EXPECT_TRUE(at::allclose(found.dual.view({5}), down / down.sum()));
}

TEST(Excitation, SaysWhatCannotBeWalked) {
  const Network network = small_network();
  EXPECT_THAT(make("mwp", {{"layer", "pol"}})->unsupported(network).value_or(""),
              HasSubstr("has no layer 'pol'; near: pool"));
  EXPECT_EQ(make("c-mwp", {{"layer", "average"}, {"contrast", "pool"}})->unsupported(network),
            "layer 'average' does not feed 'pool'; choose a layer below it");
  EXPECT_EQ(make("c-mwp", {{"layer", "pool"}, {"contrast", "logits"}})->unsupported(network),
            "contrast layer 'logits' is the classifier itself; choose a layer below it");
  EXPECT_EQ(make("mwp", {{"layer", "logits"}})->unsupported(network),
            "the output of layer 'logits' has no rows and columns; choose one below it");
  Toy toy(8, 8);
  const int relu = toy.add(Kind::relu, "relu", {toy.conv("conv", 0, 3, 6, 3)});
  const int norm = toy.batch_norm("norm", relu, 6, true);
  toy.linear("logits", toy.add(Kind::global_avg_pool, "average", {norm}), 6, 4);
  EXPECT_THAT(make("mwp", {{"layer", "relu"}})->unsupported(toy.network()).value_or(""),
              HasSubstr("batch norm 'norm' has negative scales"));
  EXPECT_EQ(error_of("mwp", Json::object()),
            "missing key 'layer' (layer whose output is mapped (assay network PATH lists them))");
}

TEST(Excitation, OfMosaicsNeedsALayerBeforeTheHeads) {
  const Network network = small_network();
  const Network full = with_heads(network, Heads::full, 2), part = with_heads(network, Heads::part, 2);
  EXPECT_EQ(make("mwp", {{"layer", "high relu"}})->unsupported(part), std::nullopt);
  EXPECT_EQ(
      make("mwp", {{"layer", "high relu@0"}})->unsupported(full),
      "layer 'high relu@0' sees one cell of the mosaic; choose a layer before the heads, or use heads: part");
  EXPECT_EQ(
      make("c-mwp", {{"layer", "pool"}, {"contrast", "average@3"}})->unsupported(part),
      "layer 'logits@3' is the classifier of one cell of the mosaic: there is no classifier of all cells "
      "to contrast; use mwp");
  Subject subject = some_subject(part);
  const std::vector<Query> query{{1, 4 * 2 + 1}};  // class 1 of the lower left cell
  const Tensor raw = make("mwp", {{"layer", "high relu"}})->attribute(subject, query).raw;
  ASSERT_EQ(raw.sizes(), (std::vector<std::int64_t>{1, 5, 8, 8}));
  const double whole = raw.sum().item<double>();
  EXPECT_NEAR(whole, 1, 1e-9);
  EXPECT_NEAR(raw.slice(2, 4).slice(3, 0, 4).sum().item<double>(), whole, 1e-9);
}

/// A classifier before the pooling serves all cells.
TEST(Excitation, ContrastsAClassifierBeforeTheHeads) {
  Toy toy(8, 8);
  const int low = toy.add(Kind::relu, "low", {toy.conv("conv", 0, 3, 6, 3)});
  const int pooled = toy.add(Kind::global_avg_pool, "pooled", {toy.conv("classifier", low, 6, 4, 1)});
  toy.add(Kind::flatten, "logits", {pooled});
  const Network part = with_heads(toy.network(), Heads::part, 2);
  EXPECT_EQ(make("c-mwp", {{"layer", "low"}, {"contrast", "low"}})->unsupported(part), std::nullopt);
}

TEST(Excitation, NotesClampedInputs) {
  EXPECT_EQ(make("mwp", {{"layer", "low relu"}})->note(small_network()), "");
  EXPECT_EQ(make("mwp", {{"layer", "low relu"}})->note(small_network(true)), "inputs clamped at 0");
  EXPECT_EQ(make("mwp", {{"layer", "high relu"}})->note(small_network(true)), "");
}

TEST(Agreement, NamesItsParts) {
  EXPECT_EQ(make("agreement", {{"of", {"occ", "grad"}}})->parts(), (std::vector<std::string>{"occ", "grad"}));
  EXPECT_EQ(error_of("agreement", {{"of", {"occ"}}}), "of: needs the names of two or three configurations");
  EXPECT_TRUE(make("occ")->parts().empty());
}

TEST(Controls, RandomBelongsToTheImage) {
  const Network network = small_network();
  Subject subject = some_subject(network), again = some_subject(network), other = some_subject(network, 4);
  const auto random = make("random");
  const Tensor raw = random->attribute(subject, kQueries).raw;
  EXPECT_TRUE(at::equal(raw, random->attribute(again, kQueries).raw));
  EXPECT_FALSE(at::equal(raw[0], raw[1]));
  EXPECT_FALSE(at::equal(raw, random->attribute(other, kQueries).raw));
  const std::vector<Query> other_class{{1, 0}};
  EXPECT_TRUE(at::equal(raw[0], random->attribute(subject, other_class).raw[0]));
  EXPECT_GE(raw.min().item<double>(), 0);
  EXPECT_LT(raw.max().item<double>(), 1);
  EXPECT_NEAR(raw.mean().item<double>(), 0.5, 0.1);
}

TEST(Controls, CenterEdgeAndUniform) {
  const Network network = small_network();
  Subject subject = some_subject(network);
  const Tensor center = make("center")->attribute(subject, kQueries).raw;
  EXPECT_EQ(center.sizes(), (std::vector<std::int64_t>{2, 1, 8, 8}));
  EXPECT_DOUBLE_EQ(center[0][0][0][0].item<double>(), -24.5);
  EXPECT_DOUBLE_EQ(center[1][0][3][4].item<double>(), -0.5);

  const Tensor pixels = at::zeros({1, 3, 8, 8});
  pixels.slice(3, 4).fill_(100);  // a vertical step between columns 3 and 4
  Subject step(network, pixels, {"step"}, 0, {});
  const std::vector<Query> query{{0, 0}};
  const Tensor edge = make("edge")->attribute(step, query).raw[0][0];
  EXPECT_TRUE(((edge > 0) == (at::arange(8).eq(3) | at::arange(8).eq(4)).expand({8, 8})).all().item<bool>());

  const Tensor uniform = make("uniform")->attribute(subject, kQueries).raw;
  EXPECT_EQ(uniform.sum().item<double>(), 128);
  for (const char* name : {"random", "center", "edge", "uniform"})
    EXPECT_EQ(make(name)->price(network).forwards + make(name)->price(network).backwards, 0) << name;
}

}  // namespace
}  // namespace assay::test
