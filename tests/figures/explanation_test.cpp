#include "harness/cli/explanation.h"

#include <gmock/gmock.h>

#include "harness/core/error.h"
#include "harness/data/decode.h"
#include "harness/network/load.h"
#include "harness/network/tensor.h"
#include "metrics/bases.h"
#include "tests/error_text.h"
#include "tests/pack.h"

namespace assay {
namespace {

using test::error_text;
using testing::HasSubstr;
using testing::StartsWith;

class Explain : public testing::Test {
 protected:
  void SetUp() override {
    ASSAY_NEEDS_PACK();
    network_ = std::make_unique<Network>(load_network(test::pack() + "/models/resnet20_cifar10"));
    request_.image = test::pack() + "/images/cifar10_test/dog_0000.jpg";
    request_.method = "grad";
    const Tensor pixels = decode(request_.image, network_->preprocess());
    subject_ = std::make_unique<Subject>(*network_, pixels.unsqueeze(0),
                                         std::vector<std::string>{"dog_0000.jpg"}, 1, Numerics{});
  }
  Findings found() { return find_out(request_, *subject_, explainer_of(request_, *network_)); }
  std::string mistake() {
    return error_text<ConfigError>([&] { found(); });
  }
  ExplainRequest request_;
  std::unique_ptr<Network> network_;
  std::unique_ptr<Subject> subject_;
};

TEST_F(Explain, FindsMaskGrownMaskAndHybridThatBelongTogether) {
  const Findings f = found();
  EXPECT_EQ(f.index, subject_->predicted(0));
  EXPECT_EQ(f.target, network_->classes()[static_cast<std::size_t>(f.index)]);
  EXPECT_EQ(f.mask.sum().item<std::int64_t>(), 256);  // a quarter of 32 x 32
  EXPECT_EQ(f.seen.mask_pixels, 256);
  ASSERT_EQ(f.seen.reached, 1);
  EXPECT_EQ(f.grown.sum().item<double>(), f.seen.grown_pixels);
  const Tensor image = subject_->pixels()[0];
  EXPECT_TRUE(at::equal(f.hybrid.masked_select(f.grown), image.masked_select(f.grown)));
  EXPECT_TRUE(at::equal(f.hybrid.masked_select(~f.grown), f.base.masked_select(~f.grown)));
  const Tensor logits = network_->forward(network_->normalise(f.hybrid.unsqueeze(0)));
  EXPECT_EQ(logits.argmax(1).item<std::int64_t>(), f.index);
  EXPECT_NEAR(logits.to(at::kDouble).softmax(1)[0][f.index].item<double>(), f.seen.p_grown, 1e-5);
  EXPECT_NEAR(f.score.ccg,
              (f.seen.p_grown - f.seen.p_base) / (f.seen.p_full - f.seen.p_base) * 1024 / f.seen.grown_pixels,
              1e-9);
}

TEST_F(Explain, TheWholeImageAsMaskScoresOne) {
  request_.rho = 1;
  request_.base = "zero";
  const Findings f = found();
  EXPECT_TRUE(f.mask.all().item<bool>());
  EXPECT_DOUBLE_EQ(f.score.scg, 1);
  EXPECT_DOUBLE_EQ(f.score.ccg, 1);
}

TEST_F(Explain, ShowsTheMaskAtTheLimitWhenTheTargetIsNotReached) {
  request_.target = std::to_string(subject_->logits().argmin(1).item<std::int64_t>());
  request_.limit = 2;
  request_.rho = 0.01;
  const Findings f = found();
  ASSERT_EQ(f.seen.reached, 0);
  EXPECT_GT(f.grown.sum().item<int>(), f.mask.sum().item<int>());
  EXPECT_TRUE(f.score.reason_ccg.has(Reason::growth_limit));
}

TEST_F(Explain, TargetsAreIndicesOrKeys) {
  request_.target = "5";
  EXPECT_EQ(found().target, "dog");
  request_.target = "cat";
  EXPECT_EQ(found().index, 3);
  request_.target = "unicorn";
  EXPECT_THAT(mistake(), HasSubstr("label unicorn: network resnet20_cifar10 has no such class"));
  request_.target = "10";
  EXPECT_THAT(mistake(), HasSubstr("class index 10 is outside the 10 outputs"));
}

TEST_F(Explain, MistakesOnTheCommandLineAreNamed) {
  request_.method = "graf";
  EXPECT_THAT(mistake(), StartsWith("--method: unknown name 'graf'; known: grad, "));
  request_.method = "occ";
  request_.params = {"patch"};
  EXPECT_EQ(mistake(), "--param patch: expected KEY=VALUE");
  request_.params = {"patch=0"};
  EXPECT_EQ(mistake(), "--param.patch: must be at least 1");
  request_.params = {"pach=3"};
  EXPECT_THAT(mistake(), StartsWith("--param.pach: unknown key; known: patch"));
  request_.method = "agreement";
  request_.params = {R"(of=["a","b"])"};
  EXPECT_THAT(mistake(), StartsWith("--method agreement: combines configurations of a run"));
  request_.method = "mwp";
  request_.params = {"layer=nowhere"};
  EXPECT_THAT(mistake(), AllOf(StartsWith("--method mwp: network resnet20_cifar10: "), HasSubstr("nowhere")));
  request_ = {.image = request_.image, .method = "grad", .base = "blur"};
  EXPECT_THAT(mistake(), StartsWith("base: "));
}

}  // namespace
}  // namespace assay
