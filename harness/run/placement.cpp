#include "harness/run/placement.h"

#include <ATen/Parallel.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <fmt/format.h>
#include <torch/cuda.h>

#include "harness/network/device.h"
#include "harness/network/hardware.h"
#include "harness/run/device.h"
#include "harness/store/process_identity.h"

namespace assay {
namespace {

/// What the others need to know of a rank.
struct Introduction {
  RankView view;
  std::string device;  // cpu | cuda
};

std::vector<Introduction> introductions(const Plan& plan, const Ranks& ranks) {
  const RankView mine = view_here(ranks.node());
  const Json told{
      {"node", mine.node}, {"host", mine.host}, {"devices", mine.devices}, {"device", plan.device}};
  std::vector<Introduction> all;
  for (const std::string& text : ranks.gather(told.dump())) {
    const Json json = Json::parse(text);
    all.push_back({{json.at("node").get<int>(), json.at("host").get<std::string>(),
                    json.at("devices").get<std::vector<std::string>>()},
                   json.at("device").get<std::string>()});
  }
  return all;
}

/// The first thing that is wrong; empty when there is none.
std::string problem_of(const std::vector<Introduction>& all, const std::vector<DeviceChoice>& choices) {
  for (std::size_t rank = 1; rank < all.size(); ++rank)
    if (all[rank].device != all[0].device)
      return fmt::format(
          "rank {} on {} would compute on {}, rank 0 on {} on {}; give every rank a GPU (srun "
          "--gpus-per-task=1) "
          "or none: numerics.device: cpu",
          rank, all[rank].view.host, all[rank].device, all[0].view.host, all[0].device);
  for (const DeviceChoice& choice : choices)
    if (!choice.problem.empty()) return choice.problem;
  return "";
}

/// The index of this rank's device; 0 on a CPU.
int choose_together(const Plan& plan, const Ranks& ranks) {
  const std::vector<Introduction> all = introductions(plan, ranks);
  std::vector<DeviceChoice> choices;
  if (all[0].device == "cuda") {
    std::vector<RankView> views;
    for (const Introduction& one : all) views.push_back(one.view);
    choices = choose_devices(views, plan.share_devices);
  }
  const std::string problem = problem_of(all, choices);
  if (!problem.empty()) throw ConfigError(ranks.rank() == 0 ? problem : "");
  return choices.empty() ? 0 : choices[static_cast<std::size_t>(ranks.rank())].device;
}

Workplace workplace_at(at::Device device, const BlasSpeed& blas) {
  Workplace place{.host = host_name(),
                  .device = processor_name(),
                  .uuid = "",
                  .threads = blas.threads,
                  .blas = blas.library,
                  .blas_gflops = blas.gflops_a_thread};
  if (!device.is_cuda()) return place;
  const std::vector<Gpu> gpus = visible_gpus();
  const auto index = static_cast<std::size_t>(device.index());
  const Gpu gpu = index < gpus.size() ? gpus[index] : Gpu{.name = "a GPU", .uuid = "", .memory = 0};
  place.device = gpu.name;
  place.uuid = gpu.uuid;
  return place;
}

}  // namespace

at::Device device_of(const Plan& plan, int index) {
  if (plan.device == "cpu") return at::kCPU;
  const at::Device device(at::kCUDA, static_cast<at::DeviceIndex>(index));
  c10::impl::VirtualGuardImpl(at::kCUDA).setDevice(device);
  prepare_device(device);
  return device;
}

RankView view_here(int node) {
  RankView view{.node = node, .host = host_name(), .devices = {}};
  const std::vector<Gpu> gpus = visible_gpus();
  const auto count = static_cast<std::size_t>(torch::cuda::device_count());
  for (std::size_t i = 0; i < count; ++i) {
    const bool named = gpus.size() == count && !gpus[i].uuid.empty();
    view.devices.push_back(named ? gpus[i].uuid : fmt::format("device {}", i));
  }
  return view;
}

Placement place_together(const Plan& plan, const Ranks& ranks) {
  Placement placement;
  placement.device = device_of(plan, choose_together(plan, ranks));
  placement.blas = measure_blas();
  placement.place = workplace_at(placement.device, placement.blas);
  for (const std::string& text : ranks.gather(to_json(placement.place).dump()))
    placement.all.push_back(workplace_from(Json::parse(text)));
  return placement;
}

}  // namespace assay
