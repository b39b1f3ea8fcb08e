#include "bench/convolutions.h"

#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>

#include <memory>

#include "harness/network/load.h"
#include "harness/network/shapes.h"
#include "harness/network/summary.h"

namespace assay::bench {
namespace {

constexpr std::int64_t kBatchOfConvolution = 32;

Tensor random_input(const Shape& shape) {
  return at::rand({kBatchOfConvolution, shape[0], shape[1], shape[2]});
}

Tensor plain_convolution(const Layer& layer, const Tensor& x) {
  const Attributes& a = layer.attributes;
  return at::conv2d(x, layer.weight(), layer.bias(), a.stride, at::IntArrayRef{a.pad[0], a.pad[1]},
                    a.dilation, a.groups);
}

template <class Run>
void add(const std::string& name, double flops, const Shape& shape, Run run) {
  benchmark::RegisterBenchmark(name.c_str(),
                               [flops, shape, run](benchmark::State& state) {
                                 const at::NoGradGuard no_grad;
                                 at::set_num_threads(1);
                                 const Tensor x = random_input(shape);
                                 for (auto _ : state) benchmark::DoNotOptimize(run(x).data_ptr());
                                 state.counters["FLOP/s"] =
                                     benchmark::Counter(flops, benchmark::Counter::kIsIterationInvariantRate);
                                 state.counters["FLOP"] = flops;
                               })
      ->Unit(benchmark::kMillisecond)
      ->UseRealTime();
}

}  // namespace

void register_convolutions(const std::string& path) {
  const auto network = std::make_shared<const Network>(load_network(path));
  const std::vector<Shape> shapes = output_shapes(*network);
  const std::vector<LayerSummary> rows = summarise(*network);
  for (int index = 0; index < network->size(); ++index) {
    const Layer& layer = network->layers()[index];
    if (layer.kind != Kind::conv) continue;
    const std::string name = network->name() + "/" + layer.name;
    const double flops = 2.0 * static_cast<double>(kBatchOfConvolution * rows[index].multiply_adds);
    const Shape& shape = shapes[layer.inputs[0]];
    add("convolution/" + name, flops, shape,
        [network, index](const Tensor& x) { return Network::run(network->layers()[index], {{x}}); });
    const auto [top, left, bottom, right] = layer.attributes.pad;
    if (top == bottom && left == right)
      add("conv2d/" + name, flops, shape,
          [network, index](const Tensor& x) { return plain_convolution(network->layers()[index], x); });
  }
}

}  // namespace assay::bench
