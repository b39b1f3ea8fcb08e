#include "harness/run/choose_device.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>

namespace assay {
namespace {

using Owners = std::vector<std::size_t>;  // ranks that have a device

DeviceChoice choose(std::size_t rank, const RankView& view, bool share,
                    std::map<std::string, Owners>& taken) {
  if (view.devices.empty())
    return {.problem =
                fmt::format("rank {} on {} sees no GPU; give each rank one (srun --gpus-per-task=1), or "
                            "compute with numerics.device: cpu",
                            rank, view.host)};
  const auto owners = [&](const std::string& device) { return taken[device].size(); };
  const auto best = std::ranges::min_element(view.devices, {}, owners);
  Owners& before = taken[*best];
  if (!before.empty() && !share)
    return {
        .problem = fmt::format(
            "rank {} on {} would compute on the GPU of rank {} ({}); start one rank a GPU (srun "
            "--gpus-per-task=1, or fewer --ntasks-per-node), or allow it with numerics.share_devices: true",
            rank, view.host, before.front(), *best)};
  before.push_back(rank);
  return {.device = static_cast<int>(best - view.devices.begin()), .problem = {}};
}

std::string kind_of(const RankView& view) {
  return view.gpu ? "a GPU" : "the CPU";
}

/// Those with the least to choose from first.
std::vector<std::size_t> in_turn(std::span<const RankView> ranks) {
  std::vector<std::size_t> order(ranks.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t rank) { return ranks[rank].devices.size(); });
  return order;
}

}  // namespace

std::vector<DeviceChoice> choose_devices(std::span<const RankView> ranks, bool share) {
  std::map<int, std::map<std::string, Owners>> taken;  // by node
  std::vector<DeviceChoice> choices(ranks.size());
  for (const std::size_t rank : in_turn(ranks)) {
    const RankView& view = ranks[rank];
    if (view.gpu != ranks[0].gpu)
      choices[rank].problem = fmt::format(
          "rank {} on {} would compute on {}, rank 0 on {} on {}; give every rank a GPU "
          "(srun --gpus-per-task=1) or none (numerics.device: cpu)",
          rank, view.host, kind_of(view), ranks[0].host, kind_of(ranks[0]));
    else
      choices[rank] = view.gpu ? choose(rank, view, share, taken[view.node]) : DeviceChoice{0, ""};
  }
  return choices;
}

}  // namespace assay
