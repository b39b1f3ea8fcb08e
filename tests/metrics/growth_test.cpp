#include "metrics/growth.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "harness/network/tensor.h"
#include "harness/vision/vision.h"
#include "tests/metrics/toy.h"

namespace assay {
namespace {

using test::kToySide;
using test::random_tensor;
using test::toy_subject;

std::vector<Tensor> toy_bases(const Subject& subject) {
  return {gaussian_blur(subject.pixels(), 5, 1.1), at::zeros_like(subject.pixels())};
}

/// Masks of all sizes, two targets, both bases, for every image.
std::vector<GrowthTask> many_tasks(Subject& subject) {
  std::vector<GrowthTask> tasks;
  std::uint64_t seed = 100;
  for (std::int64_t image = 0; image < subject.images(); ++image)
    for (const double share : {0.0, 0.01, 0.05, 0.3})
      for (const std::size_t base : {0, 1})
        for (const std::int64_t target : {subject.predicted(image), std::int64_t{2}})
          tasks.push_back({image, target, base,
                           top_mask(random_tensor({kToySide, kToySide}, 0, 1, ++seed), share),
                           seed % 3 == 0 ? 3 : 50});
  return tasks;
}

Tensor slow_dilate(const Tensor& mask) {
  const Tensor grown = mask.clone();
  const auto from = mask.accessor<bool, 2>();
  auto to = grown.accessor<bool, 2>();
  for (std::int64_t y = 0; y < kToySide; ++y)
    for (std::int64_t x = 0; x < kToySide; ++x)
      for (std::int64_t v = std::max<std::int64_t>(0, y - 1); v <= std::min(kToySide - 1, y + 1); ++v)
        for (std::int64_t u = std::max<std::int64_t>(0, x - 1); u <= std::min(kToySide - 1, x + 1); ++u)
          to[y][x] |= from[v][u];
  return grown;
}

/// One image, one mask, one step at a time.
Growth slow_growth(const Subject& subject, const Tensor& bases, const GrowthTask& task) {
  const auto logits_through = [&](const Tensor& mask) {
    const Tensor weight = mask.to(at::kFloat);
    const Tensor hybrid = weight * subject.pixels()[task.image] + (1 - weight) * bases[task.image];
    return subject.network().forward(subject.network().normalise(hybrid.unsqueeze(0)))[0];
  };
  Growth growth;
  growth.base_logits = logits_through(at::zeros_like(task.mask));
  growth.mask_pixels = task.mask.sum().item<std::int64_t>();
  growth.margin_min = 1e9;
  Tensor mask = task.mask;
  for (std::int64_t step = 0; step <= task.limit; ++step) {
    const Tensor logits = logits_through(mask);
    const double other = std::get<0>(logits.sort(0, true))
                             .masked_select(std::get<1>(logits.sort(0, true)) != task.target)[0]
                             .item<double>();
    const double margin = logits[task.target].item<double>() - other;
    if (step == 0) {
      growth.first_logits = logits;
      growth.margin_first = margin;
    }
    growth.margin_min = std::min(growth.margin_min, std::abs(margin));
    if (logits.argmax().item<std::int64_t>() == task.target) {
      growth.reached = true;
      growth.steps = step;
      growth.grown_pixels = mask.sum().item<std::int64_t>();
      growth.grown_logits = logits;
      break;
    }
    mask = slow_dilate(mask);
  }
  return growth;
}

void expect_close(const Tensor& a, const Tensor& b) {
  EXPECT_LT((a - b).abs().max().item<float>(), 1e-4);
}

TEST(Growth, EqualsOneAtATime) {
  Subject subject = toy_subject(6);
  const std::vector<Tensor> bases = toy_bases(subject);
  const std::vector<GrowthTask> tasks = many_tasks(subject);
  const std::vector<Growth> grown = grow(subject, bases, tasks);
  std::set<std::int64_t> steps;
  int missed = 0;
  ASSERT_EQ(grown.size(), tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    SCOPED_TRACE(i);
    const Growth slow = slow_growth(subject, bases[tasks[i].base], tasks[i]);
    ASSERT_GT(slow.margin_min, 1e-4) << "choose other toy weights: this task is a near-tie";
    EXPECT_EQ(grown[i].mask_pixels, slow.mask_pixels);
    EXPECT_EQ(grown[i].reached, slow.reached);
    EXPECT_NEAR(grown[i].margin_first, slow.margin_first, 1e-4);
    EXPECT_NEAR(grown[i].margin_min, slow.margin_min, 1e-4);
    expect_close(grown[i].base_logits, slow.base_logits);
    expect_close(grown[i].first_logits, slow.first_logits);
    missed += !slow.reached;
    if (!slow.reached) continue;
    steps.insert(slow.steps);
    EXPECT_EQ(grown[i].steps, slow.steps);
    EXPECT_EQ(grown[i].grown_pixels, slow.grown_pixels);
    expect_close(grown[i].grown_logits, slow.grown_logits);
  }
  EXPECT_GE(steps.size(), 4u) << "the toy tasks are too much alike";
  EXPECT_GT(missed, 5);
}

void expect_same_bits(const Growth& a, const Growth& b) {
  EXPECT_TRUE(at::equal(a.base_logits, b.base_logits));
  EXPECT_TRUE(at::equal(a.first_logits, b.first_logits));
  EXPECT_EQ(a.reached, b.reached);
  if (a.reached) EXPECT_TRUE(at::equal(a.grown_logits, b.grown_logits));
  EXPECT_EQ(a.steps, b.steps);
  EXPECT_EQ(a.grown_pixels, b.grown_pixels);
  EXPECT_EQ(a.margin_first, b.margin_first);
  EXPECT_EQ(a.margin_min, b.margin_min);
}

TEST(Growth, TaskAloneGivesTheSameBits) {
  Subject subject = toy_subject(4);
  const std::vector<Tensor> bases = toy_bases(subject);
  const std::vector<GrowthTask> tasks = many_tasks(subject);
  const std::vector<Growth> together = grow(subject, bases, tasks);
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    Subject fresh = toy_subject(4);
    expect_same_bits(grow(fresh, bases, std::span(tasks).subspan(i, 1))[0], together[i]);
  }
}

TEST(Growth, OrderOfTasksDoesNotMatter) {
  Subject subject = toy_subject(4);
  const std::vector<Tensor> bases = toy_bases(subject);
  std::vector<GrowthTask> tasks = many_tasks(subject);
  const std::vector<Growth> forwards = grow(subject, bases, tasks);
  std::ranges::reverse(tasks);
  const std::vector<Growth> backwards = grow(subject, bases, tasks);
  for (std::size_t i = 0; i < tasks.size(); ++i)
    expect_same_bits(forwards[i], backwards[tasks.size() - 1 - i]);
}

TEST(Growth, EqualHybridsArePredictedOnce) {
  Subject subject = toy_subject(1);
  const std::vector<Tensor> bases = toy_bases(subject);
  const GrowthTask task = many_tasks(subject).at(4);
  subject.logits();
  const std::int64_t before = subject.done().forwards;
  grow(subject, bases, std::vector<GrowthTask>{task});
  const std::int64_t alone = subject.done().forwards - before;
  grow(subject, bases, std::vector<GrowthTask>(10, task));
  EXPECT_LE(subject.done().forwards - before - alone, 2 * alone);
}

TEST(Growth, EmptyMaskIsItsBaseAndNeverGrows) {
  Subject subject = toy_subject(1);
  const std::vector<Tensor> bases = toy_bases(subject);
  const Tensor empty = at::zeros({kToySide, kToySide}, at::kBool);
  const std::int64_t base_class =
      subject.predict(1, [&](std::int64_t, Tensor batch) { batch.copy_(bases[1]); })
          .argmax()
          .item<std::int64_t>();
  const std::vector<Growth> grown =
      grow(subject, bases,
           std::vector<GrowthTask>{{0, base_class, 1, empty, 50}, {0, (base_class + 1) % 5, 1, empty, 50}});
  EXPECT_TRUE(at::equal(grown[0].first_logits, grown[0].base_logits));
  EXPECT_TRUE(grown[0].reached);
  EXPECT_EQ(grown[0].grown_pixels, 0);
  EXPECT_FALSE(grown[1].reached);
  EXPECT_FALSE(grown[1].grown_logits.defined());
}

TEST(Growth, FullMaskIsTheImage) {
  Subject subject = toy_subject(2);
  const std::vector<Tensor> bases = toy_bases(subject);
  const Tensor full = at::ones({kToySide, kToySide}, at::kBool);
  const std::int64_t predicted = subject.predicted(1);
  const std::vector<Growth> grown =
      grow(subject, bases,
           std::vector<GrowthTask>{{1, predicted, 0, full, 50}, {1, (predicted + 1) % 5, 0, full, 50}});
  EXPECT_TRUE(grown[0].reached);
  EXPECT_EQ(grown[0].steps, 0);
  EXPECT_TRUE(at::equal(grown[0].grown_logits, subject.logits()[1]));
  EXPECT_FALSE(grown[1].reached);
}

TEST(Growth, NothingToDoIsNothing) {
  Subject subject = toy_subject(1);
  EXPECT_TRUE(grow(subject, {}, {}).empty());
  EXPECT_EQ(subject.done().forwards, 0);
}

TEST(Margin, FirstMaximumWinsTies) {
  const Tensor logits = at::tensor({1.0f, 3.0f, 3.0f, 0.5f});
  EXPECT_TRUE(margin_of(logits, 1).right);
  EXPECT_FALSE(margin_of(logits, 2).right);
  EXPECT_EQ(margin_of(logits, 1).distance, 0);
  EXPECT_EQ(margin_of(logits, 0).distance, -2);
  EXPECT_FALSE(margin_of(logits, 3).right);
}

}  // namespace
}  // namespace assay
