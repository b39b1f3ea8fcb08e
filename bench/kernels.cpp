// Kernels of our own against LibTorch's, and the convolutions of networks.
//   kernels [--benchmark_filter=REGEX ...] [NETWORK ...]
#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "bench/convolutions.h"
#include "harness/core/error.h"
#include "harness/network/cuts.h"
#include "harness/network/linear.h"
#include "harness/network/lrn.h"
#include "harness/network/pooling.h"

namespace assay::bench {
namespace {

constexpr std::int64_t kImages = 32;

void count_flops(benchmark::State& state, double flops) {
  state.counters["FLOP/s"] = benchmark::Counter(flops, benchmark::Counter::kIsIterationInvariantRate);
}

/// Bytes read once and written once.
void count_bytes(benchmark::State& state, std::int64_t numel) {
  state.SetBytesProcessed(state.iterations() * numel * static_cast<std::int64_t>(sizeof(float)));
}

/// CaffeNet's fc6.
template <Tensor (*kLinear)(const Tensor&, const Tensor&, const Tensor&)>
void fc6(benchmark::State& state) {
  at::set_num_threads(static_cast<int>(state.range(0)));
  const Tensor x = at::rand({kImages, 9216}), weight = at::rand({4096, 9216}), bias = at::rand({4096});
  for (auto _ : state) benchmark::DoNotOptimize(kLinear(x, weight, bias).data_ptr());
  count_flops(state, 2.0 * kImages * 9216 * 4096);
}

Tensor torch_linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  return at::linear(x, weight, bias);
}

Attributes pool_window() {
  Attributes a;
  a.kernel = {3, 3};
  a.stride = {2, 2};
  a.ceil_mode = true;
  return a;
}

Tensor torch_max_pool(const Tensor& x, const Attributes& a) {
  return at::max_pool2d(x, a.kernel, a.stride, {0, 0}, a.dilation, a.ceil_mode);
}

/// CaffeNet's pool1.
template <Tensor (*kPool)(const Tensor&, const Attributes&)>
void pool1(benchmark::State& state) {
  at::set_num_threads(static_cast<int>(state.range(0)));
  const Tensor x = at::rand({kImages, 96, 55, 55});
  const Attributes a = pool_window();
  for (auto _ : state) benchmark::DoNotOptimize(kPool(x, a).data_ptr());
  count_bytes(state, x.numel() + kPool(x, a).numel());
}

/// torch.nn.functional.local_response_norm as an operator of LibTorch.
Tensor torch_lrn(const Tensor& x, const Attributes& a) {
  const Tensor squares =
      at::constant_pad_nd((x * x).unsqueeze(1), {0, 0, 0, 0, a.size / 2, (a.size - 1) / 2});
  const Tensor mean = at::avg_pool3d(squares, {a.size, 1, 1}, 1).squeeze(1);
  return x / mean.mul(a.alpha).add(a.k).pow(a.beta);
}

/// CaffeNet's norm1.
template <Tensor (*kLrn)(const Tensor&, const Attributes&)>
void norm1(benchmark::State& state) {
  at::set_num_threads(static_cast<int>(state.range(0)));
  const Tensor x = at::rand({kImages, 96, 27, 27});
  const Attributes a;
  for (auto _ : state) benchmark::DoNotOptimize(kLrn(x, a).data_ptr());
  count_bytes(state, 2 * x.numel());
}

Cuts cuts_at(std::int64_t size, std::int64_t first) {
  Cuts cuts{.size = {size, size}};
  for (std::int64_t image = 0; image < kImages; ++image)
    for (auto& side : cuts.first) side.push_back(first + image % 8);
  return cuts;
}

/// What GoogLeNet's first 3x3 convolution reads of its input around a square of 10: windows of 12 with the 10
/// that changed inside.
void cut_windows(benchmark::State& state) {
  at::set_num_threads(static_cast<int>(state.range(0)));
  const Tensor base = at::rand({1, 64, 56, 56}), values = at::rand({kImages, 64, 10, 10});
  const Cuts changed = cuts_at(10, 20), wanted = cuts_at(12, 19);
  for (auto _ : state) benchmark::DoNotOptimize(cut(base, values, changed, wanted, 0).data_ptr());
  count_bytes(state, 2 * kImages * 64 * 12 * 12);
}

/// One thread, two, four ..., and as many as there are cores.
void on_threads(benchmark::internal::Benchmark* benchmark) {
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  benchmark->Unit(benchmark::kMillisecond)
      ->UseRealTime()
      ->ArgName("threads")
      ->RangeMultiplier(2)
      ->Range(1, cores);
}

BENCHMARK(fc6<linear>)->Name("linear/fc6/assay")->Apply(on_threads);
BENCHMARK(fc6<torch_linear>)->Name("linear/fc6/torch")->Apply(on_threads);
BENCHMARK(pool1<max_pool>)->Name("max_pool/pool1/assay")->Apply(on_threads);
BENCHMARK(pool1<torch_max_pool>)->Name("max_pool/pool1/torch")->Apply(on_threads);
BENCHMARK(norm1<lrn>)->Name("lrn/norm1/assay")->Apply(on_threads);
BENCHMARK(norm1<torch_lrn>)->Name("lrn/norm1/torch")->Apply(on_threads);
BENCHMARK(cut_windows)->Name("cut/12x12")->Apply(on_threads)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace assay::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  try {
    for (int i = 1; i < argc; ++i) assay::bench::register_convolutions(argv[i]);
  } catch (const assay::Error& error) {
    fmt::print(stderr, "kernels: {}\n", error.what());
    return 1;
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
