#include "tests/gpu.h"

#include "harness/network/load.h"
#include "harness/network/network.h"
#include "harness/network/state.h"
#include "tests/network/every_kind.h"
#include "tests/pack.h"
#include "tests/toy.h"

namespace assay {
namespace {

using test::Toy;

/// Logits on the GPU: within 1e-4 of the largest of the CPU's, and the same bits again.
void expect_same_logits(const Network& network) {
  const Preprocess& input = network.preprocess();
  const Tensor images = test::normal({4, 3, input.height, input.width}, 1);
  const Tensor here = network.forward(images);
  const Network moved = network.to(test::gpu());
  const Tensor there = moved.forward(images.to(moved.device()));
  EXPECT_EQ(there.device(), moved.device());
  EXPECT_LE((there.cpu() - here).abs().max().item<double>(), 1e-4 * here.abs().max().item<double>());
  EXPECT_TRUE(at::equal(there, moved.forward(images.to(moved.device()))));
}

TEST(PrepareDevice, AGpuComputesInFloat32AndRepeatably) {
  prepare_device(at::Device(at::kCUDA, 0));
  const at::Context& context = at::globalContext();
  EXPECT_FALSE(context.allowTF32CuDNN());
  EXPECT_FALSE(context.allowTF32CuBLAS());
  EXPECT_TRUE(context.deterministicCuDNN());
  EXPECT_FALSE(context.benchmarkCuDNN());
}

TEST(Gpu, LogitsOfAToyNetwork) {
  ASSAY_NEEDS_GPU();
  Toy toy(32, 32);
  const int first = toy.add(Kind::relu, "relu1", {toy.conv("conv1", 0, 3, 16, 5)});
  const int pool = toy.add(Kind::max_pool, "pool", {first}, {.kernel = {2, 2}, .stride = {2, 2}});
  const int second = toy.add(Kind::relu, "relu2", {toy.conv("conv2", pool, 16, 32, 3, 1, 2)});
  toy.linear("classes", toy.add(Kind::global_avg_pool, "mean", {second}), 32, 10);
  expect_same_logits(toy.network());
}

TEST(Gpu, LogitsOfAResidualNetwork) {
  ASSAY_NEEDS_GPU();
  ASSAY_NEEDS_PACK();
  expect_same_logits(load_network(test::pack() + "/models/resnet20_cifar10"));
}

/// Windows on the GPU against full inference there: patches in a corner, in the middle and over an edge.
TEST(Gpu, WindowsOfEveryKind) {
  ASSAY_NEEDS_GPU();
  const Network network = test::every_kind(/*with_opaque=*/false).to(test::gpu());
  const Tensor input = test::normal({1, 3, 12, 12}, 1).to(network.device());
  std::vector<Perturbation> patches;
  std::vector<Tensor> images;
  for (const auto& [top, left] : {std::pair{0, 0}, {5, 6}, {9, 10}}) {
    patches.push_back({.top = top, .left = left, .pixels = test::normal({3, 3, 3}, 2).to(network.device())});
    images.push_back(input.clone());
    const std::int64_t columns = std::min(3, 12 - left);
    images.back()[0]
        .narrow(1, top, 3)
        .narrow(2, left, columns)
        .copy_(patches.back().pixels.narrow(2, 0, columns));
  }
  State state(network, input, 2);
  const Tensor expected = network.forward(at::cat(images));
  const double tolerance = 1e-5 * expected.abs().max().item<double>();
  EXPECT_LE((state.predict(patches) - expected).abs().max().item<double>(), tolerance);
  state.advance({&patches[1], 1});
  EXPECT_LE((state.activations().back() - expected.narrow(0, 1, 1)).abs().max().item<double>(), tolerance);
}

}  // namespace
}  // namespace assay
