#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/hash.h"
#include "harness/data/dataset.h"
#include "harness/store/lease.h"
#include "harness/train/initial.h"
#include "harness/train/trainer.h"

namespace assay {

struct TrainRequest {
  std::string data;            // what dataset kind `floors` reads
  std::string out;             // folder of the network and of everything written about it
  std::string size = "small";  // floor_widths()
  std::string init;            // network to start from; empty: drawn weights
  std::uint64_t seed = 1;
  std::int64_t epochs = 0;       // at most; 0: what the recipe says
  std::int64_t train_views = 3;  // a floor, where the data have no lists
  bool restart = false;          // forget what the folder holds
};

/// A training of a floor network that lives in a folder:
///   checkpoint.safetensors  the state after the last epoch; a training that finds it goes on from there
///   training.csv            one line an epoch
///   model.json, model.safetensors, classes.txt   the network, once finished
/// The recipe is the published one where the whole trunk is given by `init`, the one for drawn weights
/// otherwise. The outputs are the floors in the order of their names.
class Training {
 public:
  /// Reads the training views, makes the network, finds the checkpoint. Throws ConfigError for a folder that
  /// belongs to another training, DataError for views that cannot be read and for a folder in use.
  explicit Training(const TrainRequest& request);

  const Recipe& recipe() const { return recipe_; }
  /// Where every layer comes from; empty without `init`.
  const std::vector<LayerOrigin>& origins() const { return origins_; }
  std::size_t views() const { return views_; }
  /// All views that are not for training; there may be none.
  const std::vector<Sample>& test_samples() const { return test_; }
  /// The same views with their objects painted out; empty where the data have no such views.
  const std::vector<Sample>& painted_samples() const { return painted_; }
  /// Names everything that the result depends on, but for the number of threads and the last epoch.
  const Hash& identity() const { return identity_; }
  const Trainer& trainer() const { return *trainer_; }

  /// Runs the epochs that are left, storing each, and saves the network. `progress` gets every new row.
  void run(const std::function<void(const EpochRow&)>& progress);
  /// The network as saved.
  Network network() const { return trainer_->network(); }
  /// Removes the checkpoint of a training that needs it no longer.
  void tidy() const;

 private:
  std::string file(const char* name) const;
  Network start_of(const TrainRequest& request, const std::vector<std::string>& classes);

  std::string out_;
  Lease lease_;
  Recipe recipe_;
  std::vector<LayerOrigin> origins_;
  std::size_t views_ = 0;
  std::vector<Sample> test_, painted_;
  Hash identity_;
  std::optional<Trainer> trainer_;
};

}  // namespace assay
