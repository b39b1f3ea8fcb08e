#include "harness/run/placement.h"

#include <c10/core/impl/VirtualGuardImpl.h>
#include <fmt/format.h>
#include <torch/cuda.h>

#include "harness/network/device.h"
#include "harness/network/hardware.h"
#include "harness/run/device.h"
#include "harness/store/process_identity.h"

namespace assay {
namespace {

std::vector<RankView> views_of(const Plan& plan, const Ranks& ranks) {
  const RankView mine = view_here(ranks.node());
  const Json told = Json::array({mine.node, mine.host, mine.devices, plan.device == "cuda"});
  std::vector<RankView> views;
  for (const std::string& text : ranks.gather(told.dump())) {
    const Json json = Json::parse(text);
    views.push_back({.node = json[0].get<int>(),
                     .host = json[1].get<std::string>(),
                     .devices = json[2].get<std::vector<std::string>>(),
                     .gpu = json[3].get<bool>()});
  }
  return views;
}

/// The index of this rank's device; 0 on a CPU.
int choose_together(const Plan& plan, const Ranks& ranks) {
  const std::vector<DeviceChoice> choices = choose_devices(views_of(plan, ranks), plan.share_devices);
  for (const DeviceChoice& choice : choices)
    if (!choice.problem.empty()) throw ConfigError(ranks.rank() == 0 ? choice.problem : "");
  return choices[static_cast<std::size_t>(ranks.rank())].device;
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
  RankView view{.node = node, .host = host_name(), .devices = {}, .gpu = true};
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
