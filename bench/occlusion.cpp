// Occlusion by full batches against occlusion by windows (harness/network/state.h), in turn.
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <numeric>

#include "bench/conclude.h"
#include "bench/squares.h"
#include "harness/core/statistics.h"
#include "harness/data/decode.h"
#include "harness/network/load.h"
#include "harness/network/subject.h"

namespace assay::bench {
namespace {

struct OcclusionOptions {
  std::vector<std::string> networks;
  std::string image;
  std::vector<std::int64_t> patches{10, 50, 100};
  std::int64_t stride = 10, sample = 0, full = 128;
  int repeats = 5, batch = 32;
};

/// What `work` takes on a subject that has computed nothing yet.
template <class DoWork>
double seconds_of(const Network& network, const Tensor& pixels, int batch, const DoWork& work) {
  Subject subject(network, pixels.unsqueeze(0), {"image"}, /*seed=*/1, {.batch = batch});
  const auto start = std::chrono::steady_clock::now();
  work(subject);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// `count` of them, evenly spaced; all when there are no more.
std::vector<Square> some_of(const std::vector<Square>& squares, std::int64_t count) {
  const auto all = static_cast<std::int64_t>(squares.size());
  if (count >= all) return squares;
  std::vector<Square> some;
  for (std::int64_t i = 0; i < count; ++i) some.push_back(squares[static_cast<std::size_t>(i * all / count)]);
  return some;
}

/// Largest difference of a probability between the two ways, for the squares that both predict.
double disagreement(const Network& network, const Tensor& pixels, int batch,
                    const std::vector<Square>& squares) {
  Subject subject(network, pixels.unsqueeze(0), {"image"}, /*seed=*/1, {.batch = batch});
  const Tensor full =
      subject.predict(static_cast<std::int64_t>(squares.size()), painted(network, pixels, squares));
  const Tensor windows = subject.predict(0, perturbations(network, squares));
  return (scores_of(full, Score::probability) - scores_of(windows, Score::probability))
      .abs()
      .max()
      .item<double>();
}

void measure(const Network& network, const Tensor& pixels, const std::vector<Square>& squares,
             const OcclusionOptions& options) {
  const std::vector<Square> some = some_of(squares, options.full);
  const auto scale = static_cast<double>(squares.size()) / static_cast<double>(some.size());
  const double difference = disagreement(network, pixels, options.batch, some);
  std::vector<double> full, windows, ratios;
  Work work;
  for (int repeat = 0; repeat < options.repeats; ++repeat) {
    full.push_back(scale * seconds_of(network, pixels, options.batch, [&](Subject& subject) {
                     subject.predict(static_cast<std::int64_t>(some.size()), painted(network, pixels, some));
                   }));
    windows.push_back(seconds_of(network, pixels, options.batch, [&](Subject& subject) {
      subject.predict(0, perturbations(network, squares));
      work = subject.done().work;
    }));
    ratios.push_back(full.back() / windows.back());
  }
  const auto [least, most] = std::ranges::minmax(ratios);
  const double ratio = median_of(ratios);
  const double ceiling = static_cast<double>(work.asked) / static_cast<double>(work.done);
  fmt::print(
      "| {} | {} | {} | {} | {:.2f} | {:.2f} | {:.2f} ({:.2f} to {:.2f}) | {:.2f} | {:.0f} % | {:.0e} |\n",
      network.name(), squares[0].size, options.sample ? "1 (sample)" : fmt::to_string(options.stride),
      squares.size(), median_of(full), median_of(windows), ratio, least, most, ceiling, 100 * ratio / ceiling,
      difference);
  std::fflush(stdout);
}

void measure_all(const OcclusionOptions& options) {
  fmt::print("{} thread(s), batch {}, {} repeats in turn; full batches timed on {} squares, scaled\n\n",
             at::get_num_threads(), options.batch, options.repeats, options.full);
  fmt::print(
      "| network | patch | stride | squares | full, s | windows, s | ratio, median (min to max) | ceiling | "
      "reached | max diff. of p |\n");
  fmt::print("|---|---|---|---|---|---|---|---|---|---|\n");
  for (const std::string& path : options.networks) {
    const Network network = load_network(path);
    const Tensor pixels = decode(options.image, network.preprocess()).to(at::kFloat);
    for (const std::int64_t patch : options.patches)
      measure(network, pixels,
              options.sample ? squares_on_pixels(network, patch, options.sample)
                             : squares_on_grid(network, patch, options.stride),
              options);
  }
}

}  // namespace
}  // namespace assay::bench

int main(int argc, char** argv) {
  CLI::App program("Occlusion: full batches against windows", "occlusion");
  assay::bench::OcclusionOptions options;
  program.add_option("networks", options.networks, "folders, TorchScript files or builtin:NAME?seed=N")
      ->required();
  program.add_option("--image", options.image, "image file")->required();
  program.add_option("--patch", options.patches, "sides of the square, px")->capture_default_str();
  program.add_option("--stride", options.stride, "step between squares, px")->capture_default_str();
  program.add_option("--sample", options.sample, "instead: so many of the squares of stride 1");
  program.add_option("--full", options.full, "squares that full batches are timed on")->capture_default_str();
  program.add_option("--repeats", options.repeats, "of each way")->capture_default_str();
  program.add_option("--batch", options.batch, "images of one forward")->capture_default_str();
  program.callback([&options] { assay::bench::measure_all(options); });
  return assay::bench::conclude(program, argc, argv);
}
