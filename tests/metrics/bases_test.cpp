#include "metrics/bases.h"

#include <gtest/gtest.h>

#include "harness/core/error.h"
#include "harness/network/tensor.h"
#include "harness/vision/vision.h"

namespace assay {
namespace {

TEST(Bases, CanonicalTextHasEveryNumber) {
  EXPECT_EQ(text_of(parse_base("gaussian")), "gaussian(17, 2.9)");
  EXPECT_EQ(text_of(parse_base("gaussian(5)")), "gaussian(5, 1.1)");
  EXPECT_EQ(text_of(parse_base(" gaussian( 17 ,8 ) ")), "gaussian(17, 8)");
  EXPECT_EQ(text_of(parse_base("box")), "box(17)");
  EXPECT_EQ(text_of(parse_base("box(5)")), "box(5)");
  EXPECT_EQ(text_of(parse_base("zero")), "zero");
  EXPECT_EQ(text_of(parse_base("gray")), "gray");
}

TEST(Bases, CanonicalTextReadsBackTheSame) {
  for (const char* text : {"gaussian", "gaussian(9)", "gaussian(17, 3.14159265)", "box(3)", "zero", "gray",
                           "mean", "inverted"}) {
    const Base base = parse_base(text);
    EXPECT_EQ(parse_base(text_of(base)), base) << text;
  }
}

std::string refusal(const std::string& text) {
  try {
    parse_base(text);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Bases, ErrorsSayWhatIsKnown) {
  const std::string known =
      "; known: gaussian, gaussian(SIZE), gaussian(SIZE, SIGMA), box, box(SIZE), zero, gray, mean, "
      "inverted";
  EXPECT_EQ(refusal("blur"), "base 'blur': unknown" + known);
  EXPECT_EQ(refusal(""), "base '': unknown" + known);
  EXPECT_EQ(refusal("box(4)"), "base 'box(4)': the size must be a positive odd integer" + known);
  EXPECT_EQ(refusal("box(-3)"), "base 'box(-3)': the size must be a positive odd integer" + known);
  EXPECT_EQ(refusal("box(1e30)"), "base 'box(1e30)': the size must be a positive odd integer" + known);
  EXPECT_EQ(refusal("gaussian(17, 0)"), "base 'gaussian(17, 0)': sigma must be a positive number" + known);
  EXPECT_EQ(refusal("gaussian(17, 2, 3)"), "base 'gaussian(17, 2, 3)': too many numbers" + known);
  EXPECT_EQ(refusal("zero(1)"), "base 'zero(1)': too many numbers" + known);
  EXPECT_EQ(refusal("box(17"), "base 'box(17': ')' is missing" + known);
  EXPECT_EQ(refusal("box()"), "base 'box()': a number is missing" + known);
  EXPECT_EQ(refusal("box(5)x)"), "base 'box(5)x)': not understood" + known);
}

TEST(Bases, ListsAreReadInTheirCanonicalTexts) {
  Params one(Json{{"base", "box"}}), two(Json{{"base", {"gaussian", "mean"}}}), none;
  EXPECT_EQ(read_bases(one, {}, ""), std::vector<std::string>{"box(17)"});
  EXPECT_EQ(read_bases(two, {}, ""), (std::vector<std::string>{"gaussian(17, 2.9)", "mean"}));
  EXPECT_EQ(read_bases(none, {"gaussian(11, 5)"}, ""), std::vector<std::string>{"gaussian(11, 5)"});
  Params empty(Json{{"base", Json::array()}}), wrong(Json{{"base", "blur"}});
  EXPECT_THROW(read_bases(empty, {}, ""), ConfigError);
  EXPECT_THROW(read_bases(wrong, {}, ""), ConfigError);
}

TEST(Bases, ImagesAreMadeInPixelSpace) {
  const Tensor pixels = at::rand({2, 3, 20, 20}) * 255;
  EXPECT_TRUE(at::equal(base_images(parse_base("zero"), pixels), at::zeros_like(pixels)));
  EXPECT_TRUE(at::equal(base_images(parse_base("gray"), pixels), at::full_like(pixels, 127.5)));
  EXPECT_TRUE(
      at::equal(base_images(parse_base("gaussian(17, 2.9)"), pixels), gaussian_blur(pixels, 17, 2.9)));
  EXPECT_TRUE(at::equal(base_images(parse_base("box(5)"), pixels), box_blur(pixels, 5)));
  EXPECT_TRUE(at::equal(base_images(parse_base("inverted"), pixels), 255 - pixels));
  const Tensor mean = at::tensor({10.f, 20.f, 30.f}).view({1, 3, 1, 1});
  EXPECT_TRUE(at::equal(base_images(parse_base("mean"), pixels, mean), mean.expand({2, 3, 20, 20})));
}

}  // namespace
}  // namespace assay
