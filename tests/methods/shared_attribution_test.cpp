#include "methods/shared_attribution.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "harness/core/error.h"
#include "harness/core/statistics.h"
#include "harness/network/summary.h"
#include "tests/error_text.h"
#include "tests/methods/known_gradients.h"

namespace assay::test {
namespace {

using Seen = std::vector<std::vector<Query>>;

/// 10 image + class at every place of [2,3,3]; image 1 has no map, and its NaN are of another shape. A figure
/// of every image, one of image 0 and one of image 2 alone. Takes a forward pass.
class Scripted : public Method {
 public:
  Attribution attribute(Subject& subject, std::span<const Query> queries) const override {
    seen.emplace_back(queries.begin(), queries.end());
    const std::int64_t image = queries.front().image, count = std::ssize(queries);
    subject.predict(1, [](std::int64_t, Tensor batch) { batch.zero_(); });
    const Tensor values = at::empty({count}, at::kDouble);
    for (std::int64_t q = 0; q < count; ++q)
      values[q] = static_cast<double>(10 * image + queries[static_cast<std::size_t>(q)].target);
    Attribution found{.raw = values.view({-1, 1, 1, 1}).expand({count, 2, 3, 3})};
    found.figures = {{"everywhere", "1", values}};
    if (image == 0) found.figures.push_back({"first", "px", values + 0.25});
    if (image == 2) found.figures.insert(found.figures.begin(), {"last", "1", values + 0.5});
    if (image == 1) {
      found.raw = at::full({count, 1, 1, 1}, kNaN, at::kDouble);
      found.reasons.assign(queries.size(), "nothing there");
    }
    return found;
  }
  Cost price(const Network& network) const override { return cost_of_passes(network, 1); }

  mutable Seen seen;
};

/// Returns what it was given.
class Returning : public Method {
 public:
  explicit Returning(Tensor raw) : raw_(std::move(raw)) {}
  Attribution attribute(Subject&, std::span<const Query>) const override { return {raw_}; }
  Cost price(const Network&) const override { return {}; }

 private:
  Tensor raw_;
};

const std::vector<Query> kMixed{{2, 4}, {0, 3}, {1, 0}, {0, 1}, {0, 3}};

const Figure& figure_of(const Attribution& found, const std::string& name) {
  for (const Figure& figure : found.figures)
    if (figure.name == name) return figure;
  throw std::runtime_error("no figure " + name);
}

/// Equal, NaN to NaN.
void expect_values(const Figure& figure, const std::vector<double>& expected) {
  ASSERT_EQ(figure.values.sizes(), (Classes{std::ssize(expected)})) << figure.name;
  for (std::size_t q = 0; q < expected.size(); ++q) {
    const double value = figure.values[static_cast<std::int64_t>(q)].item<double>();
    if (std::isnan(expected[q]))
      EXPECT_TRUE(std::isnan(value)) << figure.name << q;
    else
      EXPECT_EQ(value, expected[q]) << figure.name << q;
  }
}

TEST(SharedAttribution, AsksImageByImageForDistinctClassesInOrder) {
  Subject subject = contested(known_gradients(), 3);
  Scripted method;
  const Attribution found = attribute_by_image(subject, method, kMixed);
  EXPECT_EQ(method.seen, (Seen{{{0, 1}, {0, 3}}, {{1, 0}}, {{2, 4}}}));
  ASSERT_EQ(found.raw.sizes(), (Classes{5, 2, 3, 3}));
  const std::vector<double> rows{24, 3, kNaN, 1, 3};
  for (std::size_t q = 0; q < rows.size(); ++q) {
    const Tensor row = found.raw[static_cast<std::int64_t>(q)];
    if (std::isnan(rows[q]))
      EXPECT_TRUE(at::isnan(row).all().item<bool>()) << q;
    else
      EXPECT_TRUE(at::equal(row, at::full_like(row, rows[q]))) << q;
  }
  EXPECT_EQ(found.reasons, (std::vector<std::string>{"", "", "nothing there", "", ""}));
}

TEST(SharedAttribution, FiguresThatSomeImagesLackAreNaNThere) {
  Subject subject = contested(known_gradients(), 3);
  const Attribution found = attribute_by_image(subject, Scripted(), kMixed);
  EXPECT_EQ(found.figures.size(), 3u);
  expect_values(figure_of(found, "everywhere"), {24, 3, 10, 1, 3});
  expect_values(figure_of(found, "first"), {kNaN, 3.25, kNaN, 1.25, 3.25});
  expect_values(figure_of(found, "last"), {24.5, kNaN, kNaN, kNaN, kNaN});
  EXPECT_EQ(figure_of(found, "first").unit, "px");
}

TEST(SharedAttribution, EqualWordsAreComputedOnceAndPaidByEachBill) {
  Subject subject = contested(known_gradients(), 3);
  Scripted first, second, third;
  const std::vector<Query> asked{{0, 1}, {0, 3}}, same{{0, 3}, {0, 1}, {0, 3}};
  subject.bill();
  const Tensor raw = attribute_by_image(subject, first, asked, "scripted {}").raw;
  EXPECT_EQ(subject.bill().forwards, 1);
  const Tensor again = attribute_by_image(subject, second, same, "scripted {}").raw;
  EXPECT_EQ(subject.bill().forwards, 1);
  EXPECT_EQ(subject.done().forwards, 1);
  EXPECT_EQ(first.seen.size(), 1u);
  EXPECT_TRUE(second.seen.empty());
  EXPECT_TRUE(at::equal(again[0], raw[1]) && at::equal(again[1], raw[0]) && at::equal(again[2], raw[1]));
  // other words, other classes, another image, and no words at all are each something else
  const std::vector<Query> fewer{{0, 3}}, elsewhere{{2, 1}, {2, 3}};
  attribute_by_image(subject, third, asked, "scripted {\"a\":1}");
  attribute_by_image(subject, third, fewer, "scripted {}");
  attribute_by_image(subject, third, elsewhere, "scripted {}");
  attribute_by_image(subject, third, asked);
  attribute_by_image(subject, third, asked);
  EXPECT_EQ(third.seen.size(), 5u);
  EXPECT_EQ(subject.done().forwards, 6);
}

TEST(SharedAttribution, WordsAreNameAndParameters) {
  EXPECT_EQ(words_of("grad", {{"score", "logit"}}), words_of("grad", {{"score", "logit"}}));
  EXPECT_NE(words_of("grad", {{"score", "logit"}}), words_of("grad", {{"score", "probability"}}));
  EXPECT_NE(words_of("grad", Json::object()), words_of("occ", Json::object()));
}

TEST(SharedAttribution, RefusesWhatIsNotOneMapAQuery) {
  Subject subject = contested(known_gradients(), 1);
  const std::vector<Query> two{{0, 1}, {0, 3}};
  const auto refusal = [&](const Tensor& raw) {
    return error_text<DataError>([&] { attribute_by_image(subject, Returning(raw), two); });
  };
  EXPECT_EQ(refusal(Tensor()), "no attribution");
  EXPECT_EQ(refusal(at::zeros({2, 3, 3}, at::kDouble)),
            "attribution of 2 queries has 3 dimensions and 18 values");
  EXPECT_EQ(refusal(at::zeros({1, 1, 3, 3}, at::kDouble)),
            "attribution of 2 queries has 4 dimensions and 9 values");
  EXPECT_EQ(refusal(at::zeros({2, 1, 0, 3}, at::kDouble)),
            "attribution of 2 queries has 4 dimensions and 0 values");
  EXPECT_EQ(refusal(at::zeros({2, 1, 3, 3}, at::kDouble)), "nothing was thrown");
}

}  // namespace
}  // namespace assay::test
