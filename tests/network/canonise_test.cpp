#include <gtest/gtest.h>

#include "harness/core/error.h"
#include "tests/error_text.h"
#include "tests/toy.h"

namespace assay {
namespace {

/// conv -> batch norm with scales of both signs -> relu -> conv without bias -> batch norm -> linear -> batch
/// norm.
Network signed_network() {
  test::Toy toy(5, 5);
  int last = toy.conv("conv1", 0, 3, 6, 3);
  last = toy.batch_norm("bn1", last, 6, /*signs=*/true);
  last = toy.add(Kind::relu, "relu", {last});
  last = toy.add(Kind::conv, "conv2", {last}, {.kernel = {3, 3}}, {test::normal({4, 6, 3, 3}, 9)});
  last = toy.batch_norm("bn2", last, 4, /*signs=*/true);
  last = toy.linear("fc", last, 36, 8);
  toy.batch_norm("bn3", last, 8, /*signs=*/true);
  return toy.network();
}

TEST(Canonised, IsTheSameFunctionWithoutNegativeScales) {
  const Network network = signed_network(), canonised = network.canonised();
  int negative = 0;
  for (int i = 0; i < network.size(); ++i) {
    if (network.layers()[i].kind != Kind::batch_norm) continue;
    const auto count = [&](const Network& n) {
      return (n.layers()[i].parameters[0].value < 0).sum().item<std::int64_t>();
    };
    negative += static_cast<int>(count(network));
    EXPECT_EQ(count(canonised), 0);
  }
  ASSERT_GT(negative, 3);
  const Tensor input = test::normal({4, 3, 5, 5}, 10);
  EXPECT_TRUE(at::allclose(canonised.forward(input), network.forward(input), 1e-5, 1e-5));
  EXPECT_TRUE(at::equal(canonised.activations(input)[canonised.find("relu")],
                        network.activations(input)[network.find("relu")]));
}

TEST(Canonised, LeavesTheOriginalAlone) {
  const Network network = signed_network();
  const Hash before = signed_network().hash();
  network.canonised();
  EXPECT_EQ(network.hash(), before);
}

TEST(Canonised, SharesANetworkThatNeedsNothing) {
  test::Toy toy(5, 5);
  const int conv = toy.conv("conv", 0, 3, 4, 3);
  toy.batch_norm("bn", conv, 4);
  const Network network = toy.network();
  EXPECT_EQ(network.canonised().layers().data(), network.layers().data());
}

TEST(Canonised, ASharedOrStrangeSourceIsAnError) {
  test::Toy shared(5, 5);
  const int conv = shared.conv("conv", 0, 3, 8, 3);
  const int norm = shared.batch_norm("bn", conv, 8, /*signs=*/true);
  shared.add(Kind::add, "sum", {conv, norm});
  EXPECT_EQ(test::error_text<ConfigError>([&] { shared.network().canonised(); }),
            "batch norm 'bn' has negative scales, and 'conv' (conv) before it is not a convolution or linear "
            "layer of "
            "its own: this network cannot be canonised for relevance rules");
  test::Toy strange(5, 5);
  const int before = strange.conv("conv", 0, 3, 8, 3);
  const int relu = strange.add(Kind::relu, "relu", {before});
  strange.batch_norm("bn", relu, 8, /*signs=*/true);
  EXPECT_EQ(test::error_text<ConfigError>([&] { strange.network().canonised(); }).substr(0, 54),
            "batch norm 'bn' has negative scales, and 'relu' (relu)");
}

}  // namespace
}  // namespace assay
