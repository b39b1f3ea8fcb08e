#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/network/subject.h"
#include "harness/run/roster.h"
#include "harness/run/subjects.h"
#include "harness/run/tuning.h"
#include "harness/store/layout.h"

namespace assay {

/// Raised when the same configuration gives other numbers than before: results of older builds are then
/// computed anew.
inline constexpr int kNumericsVersion = 2;

/// What the command line adds to a configuration.
struct PlanOptions {
  std::optional<std::string> output;   // instead of the configuration's
  std::int64_t limit = 0;              // first pictures of each dataset; 0 = all
  std::vector<std::string> protocols;  // only these of the configuration's; empty = all
  bool tuned = true;                   // read the tuning file that the configuration names
};

/// One dataset through one network.
struct Experiment {
  std::string id;  // hash of dataset name, network, numerics: samples are unique inside it
  std::string dataset;
  std::string network_name;
  Network network;                      // with the preprocessing that the configuration asks for; on the CPU
  std::vector<Sample> samples;          // in the order of the dataset
  std::vector<std::string> sample_ids;  // Hash::hex of hash_of(Sample)
  std::shared_ptr<const Roster> roster;
  double multiply_adds = 0;  // of one forward of one image
  InferenceSetting setting;  // how its network predicts
};

/// Everything a configuration asks for, validated; nothing is computed yet. The same on every rank.
struct Plan {
  std::string name;
  std::string output;  // folder
  std::uint64_t seed = 1;
  int threads = 1;
  std::string device;                     // cpu | cuda
  bool share_devices = false;             // several ranks may compute on one GPU
  at::ScalarType precision = at::kFloat;  // of predictions
  std::int64_t block = 1;
  double decode_timeout = 30;  // s an image file may take to be read; 0 = no limit
  Json config;  // resolved, every default included; neither output folder nor anything else that two equal
                // runs may differ in
  std::vector<Protocol> protocols;
  std::vector<Experiment> experiments;
};

/// How an experiment predicts on a device.
Numerics numerics_of(const Plan& plan, const Experiment& experiment, at::Device device);

/// Loads datasets (lists, no image) and networks, creates every method and metric, and checks all of it.
/// Throws ConfigError `CONFIG.yaml:LINE:COL: KEY.PATH: message` for an unknown key, name, protocol or layer
/// and for a missing or damaged file.
Plan make_plan(const Config& config, const PlanOptions& options = {});

/// What results.h5 will hold, without provenance.
Layout layout_of(const Plan& plan);

}  // namespace assay
