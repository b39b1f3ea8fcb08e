#pragma once

#include <span>
#include <string>
#include <vector>

namespace assay {

/// What a rank sees of its node's GPUs.
struct RankView {
  int node = 0;  // the same number for the ranks of a node and no other
  std::string host;
  std::vector<std::string> devices;  // in its order, by a name that no two devices share: their UUIDs
  bool gpu = true;                   // whether it would compute on one
};

/// A rank's device, or why there is none for it.
struct DeviceChoice {
  int device = -1;      // index into RankView::devices; 0 on a CPU
  std::string problem;  // one line: what, and what to do; empty when there is a device
};

/// By rank. The ranks of a node that see the fewest devices choose first, otherwise in their order, and each
/// takes the first of its devices that none before it took: those who see the same devices take one each,
/// whom the launcher bound to devices takes one of these, and who could not take another finds it free. Where
/// all are taken it is a problem, or (`share`) the rank takes the one that the fewest have. It is a problem
/// too when a rank would compute on another kind of device than rank 0: their numbers would differ.
std::vector<DeviceChoice> choose_devices(std::span<const RankView> ranks, bool share);

}  // namespace assay
