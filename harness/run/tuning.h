#pragma once

#include <span>
#include <string>
#include <vector>

#include "harness/network/network.h"

namespace assay {

/// One way to predict.
struct InferenceSetting {
  Form form = Form::packed;
  int batch = 32;  // images of one forward
  bool operator==(const InferenceSetting&) const = default;
};

/// A way to predict, and how fast it was.
struct Trial {
  InferenceSetting setting;
  double rate = 0;  // images a second
};

/// What a trial found for one network.
struct TunedNetwork {
  std::string name;
  std::string hash;  // Hash::hex of the network
  InferenceSetting best;
  std::vector<Trial> trials;
};

/// A tuning file: how networks predict quickest on one machine. Part of the numerics of a run that names it
/// (`numerics.tuning`), so that its bits stay the same.
struct Tuning {
  std::string device;   // cpu | cuda
  std::string machine;  // processor or GPU, and LibTorch; for people
  std::vector<TunedNetwork> networks;
};

/// YAML that read_tuning() reads.
std::string text_of(const Tuning& tuning);

/// Throws ConfigError `FILE:LINE:COL: ...` for what is not a tuning file, an unknown form, or a form that the
/// device does not have.
Tuning read_tuning(const std::string& file);

/// Null when the file does not know the network with these weights.
const InferenceSetting* setting_for(const Tuning& tuning, const Network& network);

/// What a trial on such a device compares; the first is what a run does without a tuning file.
std::vector<InferenceSetting> settings_to_try(const std::string& device);

/// The first trial, unless another is at least 3 % faster; then the fastest.
InferenceSetting best_of(std::span<const Trial> trials);

/// What a tuning file says of the machine for people: the processor's or the GPU's name, and LibTorch's
/// version.
std::string machine_name(at::Device device);

}  // namespace assay
