#pragma once

#include <string>
#include <vector>

#include "harness/network/network.h"

namespace assay {

/// Loads whatever `path` is: a folder with model.json and model.safetensors (load_folder), a TorchScript file
/// (load_torchscript), or `builtin:NAME?seed=N` (build_network). Throws DataError naming file, tensor and
/// both shapes.
Network load_network(const std::string& path);

/// The project's own format: model.json (preprocess, classes_file, graph; docs/network-format.md) beside
/// model.safetensors.
Network load_folder(const std::string& folder);
/// Writes that format: F32 safetensors, classes.txt when there are classes. The folder is created; files get
/// their names when all are written.
void save_folder(const Network& network, const std::string& folder);

/// A TorchScript file (traced or scripted) becomes the same list of layers: its forward is followed operator
/// by operator without numeric optimisation, calls entered, guards folded, in-place operators rewritten;
/// parameters keep their names; operators without a kind of their own become opaque layers. A softmax or log
/// softmax at the very end is left out: logits are before it. Dropout and batch norm are taken as in use,
/// whatever the trace says. The list is made for the input size of `preprocess` and checked against the
/// file's own forward. Throws DataError naming file, operator and source line: a missing or damaged file,
/// several inputs, a result that is not logits [N,K] (of a tuple the first counts), control flow that depends
/// on the image, random numbers. `preprocess` comes from NAME.json beside the file (key "preprocess", as in
/// model.json; optional "classes_file"), or is torchvision's ImageNet default (short side 256, centre crop
/// 224, RGB).
Network load_torchscript(const std::string& file);

/// `caffenet`, `vgg16`, `resnet50` with seeded random weights (He normal), for training and speed
/// measurements; `null`, one linear layer on 8 x 8 pixels, for runs whose units cost nothing. Throws
/// ConfigError listing the known names.
Network build_network(std::string_view name, std::uint64_t seed);
/// The names that build_network() knows.
const std::vector<std::string>& builtin_networks();

}  // namespace assay
