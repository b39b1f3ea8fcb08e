// Our side of the comparison with plain PyTorch (bench/baseline.py): the work of Table 1 on some images.
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <memory>

#include "bench/commands.h"
#include "bench/conclude.h"
#include "bench/table1.h"
#include "harness/network/load.h"
#include "harness/network/summary.h"

namespace assay::bench {
namespace {

struct RunOptions {
  std::string folder;
  int batch = 32;
  bool wait = false;
};

Json line_of(const Table1Work& work, const Prepared& prepared, const Network& network) {
  const std::int64_t forward = multiply_adds(network);
  std::int64_t judged = 0, distinct = 0;
  for (const PreparedImage& image : prepared.images) {
    judged += image.growth_forwards;
    distinct += image.growth_distinct;
  }
  return {{"side", "assay"},
          {"threads", at::get_num_threads()},
          {"images", prepared.images.size()},
          {"occlusion_seconds", work.occlusion_seconds},
          {"growth_seconds", work.growth_seconds},
          {"cpu_seconds", work.cpu_seconds},
          {"occlusion_forwards", work.occlusion_forwards},
          {"growth_forwards", work.growth_forwards},
          {"growth_judged", judged},
          {"growth_distinct", distinct},
          {"multiply_adds_asked", work.windows.asked + judged * forward},
          {"multiply_adds_needed", work.windows.done + distinct * forward},
          {"probabilities", work.probabilities},
          {"counts", hash_of_steps(prepared, work.steps)},
          {"differing", differing_steps(prepared, work.steps)}};
}

void run(const RunOptions& options) {
  const Prepared prepared = read_prepared(options.folder);
  const Network network = load_network(options.folder + "/network");
  const Preprocess& p = network.preprocess();
  network.forward(at::zeros({options.batch, 3, p.height, p.width}));
  if (options.wait) wait_for_start();
  fmt::print("{}\n", line_of(do_table1(network, prepared, options.batch), prepared, network).dump());
}

}  // namespace

void add_run(CLI::App& program) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = program.add_subcommand("run", "do it, and print what it took as a line of JSON");
  command->add_option("folder", options->folder, "what prepare wrote")->required();
  command->add_option("--batch", options->batch, "images of one forward")->capture_default_str();
  command->add_flag("--wait", options->wait, "print 'ready' and wait for a line before the clock starts");
  command->callback([options] { run(*options); });
}

}  // namespace assay::bench

int main(int argc, char** argv) {
  CLI::App program("The work of Table 1, our side", "table1_work");
  program.require_subcommand(1);
  assay::bench::add_prepare(program);
  assay::bench::add_run(program);
  assay::bench::add_profile(program);
  return assay::bench::conclude(program, argc, argv);
}
