#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "harness/network/tensor.h"
#include "harness/vision/vision.h"
#include "metrics/bases.h"
#include "metrics/confidence_gain_scores.h"
#include "metrics/masks.h"
#include "metrics/metric.h"
#include "tests/metrics/gain.h"

namespace assay {
namespace {

using test::confidence_gain;
using test::every_variant;
using test::kToySide;
using test::random_explanation;
using test::random_tensor;
using test::toy_subject;

bool same_bits(const Record& a, const Record& b) {
  return a.status == b.status && a.reason == b.reason && a.values.size() == b.values.size() &&
         std::memcmp(a.values.data(), b.values.data(), a.values.size() * sizeof(double)) == 0;
}

TEST(ConfidenceGain, VariantsAreEveryRhoAndBaseInOrder) {
  const auto variants = confidence_gain()->variants();
  ASSERT_EQ(variants.size(), 4u);
  EXPECT_EQ(variants[0].label, "rho=0.25 base=gaussian(17, 2.9)");
  EXPECT_EQ(variants[1].label, "rho=0.25 base=zero");
  EXPECT_EQ(variants[2].label, "rho=0.05 base=gaussian(17, 2.9)");
  EXPECT_EQ(variants[3].settings.dump(),
            R"({"base":"zero","limit":100,"mask":"exact","rho":0.05,"ties":"row-major"})");
  EXPECT_EQ(confidence_gain({{"base", "box"}, {"rho", 1}})->variants()[0].label, "rho=1 base=box(17)");
}

std::string refusal(const Json& values) {
  try {
    confidence_gain(values);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(ConfidenceGain, BadParametersAreNamed) {
  EXPECT_EQ(refusal({{"rho", {0.25, 25}}}), "rho: 25 is not in (0, 1]");
  EXPECT_EQ(refusal({{"limit", -1}}), "limit: must not be negative");
  EXPECT_EQ(refusal({{"mask", "top"}}), "mask: unknown word 'top'; known: exact, authors");
  EXPECT_EQ(refusal({{"base", "blur"}}),
            "base: base 'blur': unknown; known: gaussian, gaussian(SIZE), gaussian(SIZE, SIGMA), box, "
            "box(SIZE), zero, gray, mean, inverted");
}

TEST(ConfidenceGain, FullMaskHasScgAndCcgOne) {
  Subject subject = toy_subject(5);
  const auto variants =
      confidence_gain({{"rho", 1}, {"base", {"gaussian(5)", "box(5)", "zero", "gray"}}})->variants();
  const std::vector<Explanation> explanations{random_explanation(subject, 1)};
  int kept = 0;
  for (const auto& records : confidence_gain()->observe(subject, every_variant(explanations, variants), {}))
    for (const Record& record : records) {
      ASSERT_EQ(record.status, Status::ok);
      EXPECT_EQ(gain_observation(record.values).mask_pixels, kToySide * kToySide);
      const GainScore score = gain_score(record, {});
      EXPECT_DOUBLE_EQ(score.scg, 1);
      EXPECT_DOUBLE_EQ(score.ccg, 1);
      kept += score.reason_scg.empty() && score.reason_ccg.empty();
    }
  EXPECT_GT(kept, 10);
}

/// Of a hybrid of all pixels that is right at once.
GainScore score_of(const Tensor& hybrid, const Tensor& base, const Tensor& full) {
  const std::int64_t target = full.argmax().item<std::int64_t>();
  const auto p = [&](const Tensor& logits) {
    return logits.to(at::kDouble).softmax(0)[target].item<double>();
  };
  GainObservation seen;
  seen.p_full = p(full);
  seen.p_base = p(base);
  seen.p_hybrid = seen.p_grown = p(hybrid);
  seen.mask_pixels = seen.grown_pixels = seen.pixels = kToySide * kToySide;
  seen.first_right = seen.reached = hybrid.argmax().item<std::int64_t>() == target;
  seen.growth_steps = 0;
  return gain_score({Status::ok, "", values_of(seen)}, {});
}

/// The same without the short cut for full masks: hybrids made and predicted as all others are, each beside
/// its own base, so that no image stands where it stood in logits().
TEST(ConfidenceGain, PredictedHybridOfAFullMaskIsTheImage) {
  Subject subject = toy_subject(5);
  const Tensor logits = subject.logits();
  const Explanation explanation = random_explanation(subject, 1);
  for (const char* text : {"gaussian(5)", "box(5)", "zero", "gray"}) {
    const Tensor bases = base_images(parse_base(text), subject.pixels());
    const Tensor shown = at::empty_like(bases).repeat({2, 1, 1, 1});
    for (std::int64_t i = 0; i < subject.images(); ++i) {
      const Tensor full = explanation_mask(explanation, i, {.rho = 1}, subject.seed(i));
      EXPECT_EQ(full.sum().item<std::int64_t>(), kToySide * kToySide);
      shown[2 * i].copy_(bases[i]);
      shown[2 * i + 1].copy_(at::where(full, subject.pixels()[i], bases[i]));
    }
    const Tensor said = subject.predict(shown.size(0), [&](std::int64_t first, const Tensor& batch) {
      batch.copy_(shown.narrow(0, first, batch.size(0)));
    });
    for (std::int64_t i = 0; i < subject.images(); ++i) {
      ASSERT_TRUE(at::equal(said[2 * i + 1], logits[i])) << text << " image " << i;
      EXPECT_FALSE(at::equal(said[2 * i], logits[i])) << text << " image " << i;
      const GainScore score = score_of(said[2 * i + 1], said[2 * i], logits[i]);
      EXPECT_EQ(score.scg, 1);
      EXPECT_EQ(score.ccg, 1);
    }
  }
}

TEST(ConfidenceGain, ObservesWhatTheNetworkSays) {
  Subject subject = toy_subject(1);
  const Explanation explanation{{random_tensor({1, kToySide, kToySide}, 0, 1, 3)}, {{0, 2}}};
  const auto variants = confidence_gain({{"rho", 0.25}, {"base", "zero"}, {"limit", 0}})->variants();
  const std::vector<Task> tasks{{&explanation, &variants[0].settings}};
  const GainObservation seen = gain_observation(confidence_gain()->observe(subject, tasks, {})[0][0].values);
  const Tensor hybrid = subject.pixels() * top_mask(explanation.maps[0][0], 0.25).to(at::kFloat);
  const auto logits = [&](const Tensor& pixels) {
    return subject.network().forward(subject.network().normalise(pixels)).to(at::kDouble)[0];
  };
  const auto share = [](const Tensor& z) { return ((z - z.min()) / (z - z.min()).sum())[2].item<double>(); };
  EXPECT_NEAR(seen.p_full, logits(subject.pixels()).softmax(0)[2].item<double>(), 1e-6);
  EXPECT_NEAR(seen.p_base, logits(at::zeros_like(hybrid)).softmax(0)[2].item<double>(), 1e-6);
  EXPECT_NEAR(seen.p_hybrid, logits(hybrid).softmax(0)[2].item<double>(), 1e-6);
  EXPECT_NEAR(seen.share_full, share(logits(subject.pixels())), 1e-6);
  EXPECT_NEAR(seen.share_base, share(logits(at::zeros_like(hybrid))), 1e-6);
  EXPECT_NEAR(seen.share_hybrid, share(logits(hybrid)), 1e-6);
  EXPECT_EQ(seen.mask_pixels, 49);
  EXPECT_EQ(seen.pixels, kToySide * kToySide);
  EXPECT_EQ(seen.target, 2);
  const bool right = logits(hybrid).argmax().item<std::int64_t>() == 2;
  EXPECT_EQ(seen.first_right, right);
  EXPECT_EQ(std::isnan(seen.growth_steps), !right);
}

TEST(ConfidenceGain, RecordsDependOnTheirTaskAlone) {
  const auto metric = confidence_gain({{"base", {"gaussian(5)", "zero"}}, {"limit", 20}});
  const auto variants = metric->variants();
  Subject subject = toy_subject(4);
  std::vector<Explanation> explanations;
  for (const std::uint64_t seed : {1, 2, 3}) explanations.push_back(random_explanation(subject, seed));
  const std::vector<Task> tasks = every_variant(explanations, variants);
  const auto together = metric->observe(subject, tasks, {});
  ASSERT_EQ(together.size(), 12u);
  for (std::size_t t = 0; t < tasks.size(); ++t) {
    Subject fresh = toy_subject(4);
    const auto alone = confidence_gain()->observe(fresh, std::span(tasks).subspan(t, 1), {});
    ASSERT_EQ(alone[0].size(), 4u);
    for (std::size_t q = 0; q < 4; ++q) EXPECT_TRUE(same_bits(alone[0][q], together[t][q])) << t << " " << q;
  }
}

TEST(ConfidenceGain, ImageAloneGivesTheSameRecords) {
  const auto metric = confidence_gain({{"base", "gaussian(5)"}, {"ties", "random"}});
  const auto variants = metric->variants();
  Subject all = toy_subject(4);
  const Tensor flat = at::zeros({1, kToySide, kToySide});
  const Explanation last{{flat}, {{3, 1}}}, only{{flat}, {{0, 1}}};
  Subject one(test::toy_network(), all.pixels().narrow(0, 3, 1), {"image 3"}, 1, {.batch = 8});
  const Record in_block = metric->observe(all, std::vector<Task>{{&last, &variants[0].settings}}, {})[0][0];
  const Record by_itself = metric->observe(one, std::vector<Task>{{&only, &variants[0].settings}}, {})[0][0];
  EXPECT_TRUE(same_bits(in_block, by_itself));
}

TEST(ConfidenceGain, StatusOfOddMaps) {
  Subject subject = toy_subject(3);
  Tensor maps = random_tensor({3, kToySide, kToySide}, 0, 1, 1);
  maps[0][2][2] = std::numeric_limits<float>::quiet_NaN();
  maps[1].fill_(0.5);
  const std::vector<Explanation> explanations{{{maps}, test::predictions(subject)}};
  const auto variants = confidence_gain({{"rho", 0.25}, {"base", "zero"}})->variants();
  const auto records = confidence_gain()->observe(subject, every_variant(explanations, variants), {})[0];
  EXPECT_EQ(records[0].status, Status::failed);
  EXPECT_EQ(records[0].reason, "map is not finite");
  EXPECT_EQ(records[0].values.size(), confidence_gain_columns().size());
  EXPECT_TRUE(std::isnan(records[0].values[0]));
  EXPECT_EQ(records[1].status, Status::suspect);
  EXPECT_EQ(records[1].reason, "constant map");
  EXPECT_EQ(gain_observation(records[1].values).mask_pixels, 49);
  EXPECT_EQ(records[2].status, Status::ok);
}

TEST(ConfidenceGain, DisjointMapsGiveAnEmptyMaskWithScgZero) {
  Subject subject = toy_subject(3);
  const Tensor map = random_tensor({3, kToySide, kToySide}, 0, 1, 1);
  const std::vector<Explanation> explanations{{{map, 1 - map}, test::predictions(subject)}};
  const auto variants = confidence_gain({{"rho", 0.25}, {"base", {"zero", "gray"}}})->variants();
  for (const auto& records : confidence_gain()->observe(subject, every_variant(explanations, variants), {}))
    for (const Record& record : records) {
      EXPECT_EQ(record.status, Status::ok);
      EXPECT_EQ(gain_observation(record.values).mask_pixels, 0);
      EXPECT_EQ(gain_score(record, {}).scg, 0);
      EXPECT_TRUE(gain_score(record, {}).reason_ccg.has(Reason::empty_mask));
    }
}

}  // namespace
}  // namespace assay
