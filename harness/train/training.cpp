#include "harness/train/training.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "harness/core/error.h"
#include "harness/network/load.h"
#include "harness/train/checkpoint.h"
#include "harness/train/floor_network.h"

namespace assay {
namespace {

constexpr const char* kCheckpoint = "checkpoint.safetensors";
constexpr const char* kRows = "training.csv";

std::vector<Sample> samples_of(const TrainRequest& request, const char* split, bool painted = false) {
  Params params(Json{
      {"path", request.data}, {"split", split}, {"train_views", request.train_views}, {"painted", painted}});
  return find_entry(datasets(), "floors", params, "kind").make(params)->samples();
}

/// What is not for training.
std::vector<Sample> test_of(const TrainRequest& request, bool painted) {
  std::set<std::string> train;
  for (const Sample& sample : samples_of(request, "train", painted)) train.insert(sample.name);
  std::vector<Sample> test = samples_of(request, "all", painted);
  std::erase_if(test, [&](const Sample& sample) { return train.contains(sample.name); });
  return test;
}

std::vector<Sample> painted_of(const TrainRequest& request) {
  std::vector<Sample> painted = test_of(request, true);
  const bool there =
      std::ranges::all_of(painted, [](const Sample& sample) { return std::filesystem::exists(sample.path); });
  return there ? painted : std::vector<Sample>();
}

/// In the order of the outputs: a floor's index is its place among all.
std::vector<std::string> classes_of(const std::vector<Sample>& samples) {
  std::map<std::int64_t, std::string> classes;
  for (const Sample& sample : samples)
    classes.emplace(sample.labels.front().index, sample.labels.front().key);
  std::vector<std::string> names;
  for (const auto& [index, name] : classes) names.push_back(name);
  return names;
}

Hash identity_of(const Recipe& recipe, const Network& start, const std::vector<TrainingView>& views,
                 std::uint64_t seed) {
  Json made_with{{"recipe", to_json(recipe)},
                 {"seed", seed},
                 {"threads", at::get_num_threads()},
                 {"start", start.hash().hex()}};
  made_with["recipe"].erase("epochs");
  for (const TrainingView& view : views)
    made_with["views"].push_back(
        {view.name, view.label, hash_bytes(view.pixels.data_ptr(), view.pixels.nbytes()).hex()});
  return hash_text(made_with.dump());
}

/// What a training leaves, so that nothing of it stands beside another one.
void forget(const std::string& folder) {
  for (const char* name :
       {kCheckpoint, kRows, "report.json", "model.json", "model.safetensors", "classes.txt"})
    std::filesystem::remove(std::filesystem::path(folder) / name);
}

}  // namespace

Training::Training(const TrainRequest& request) : out_(request.out), lease_(request.out) {
  const std::vector<Sample> train = samples_of(request, "train");
  test_ = test_of(request, false);
  painted_ = painted_of(request);
  const Network start = start_of(request, classes_of(train));
  if (request.epochs > 0) recipe_.epochs = request.epochs;
  std::vector<TrainingView> views = decode_views(train, start);
  views_ = views.size();
  identity_ = identity_of(recipe_, start, views, request.seed);
  trainer_.emplace(start, std::move(views), recipe_, request.seed);
  if (request.restart) forget(out_);
  if (const auto state = load_checkpoint(identity_, file(kCheckpoint))) trainer_->restore(*state);
}

Network Training::start_of(const TrainRequest& request, const std::vector<std::string>& classes) {
  const FloorWidths widths = floor_widths(request.size);
  const Network drawn = floor_network(widths, classes, request.seed);
  recipe_ = scratch_recipe(widths.embedding);
  if (request.init.empty()) return drawn;
  const Network given = load_network(request.init);
  Initial initial = initial_network(drawn, given);
  if (initial.has_given_trunk()) {
    recipe_ = published_recipe();
    initial = initial_network(floor_network(widths, classes, request.seed, kPublishedDeviation), given);
  } else if (initial.has_given_first()) {
    recipe_.first_layer = 1;
  }
  origins_ = std::move(initial.origins);
  return std::move(initial.network);
}

void Training::run(const std::function<void(const EpochRow&)>& progress) {
  while (!trainer_->is_finished()) {
    const EpochRow& row = trainer_->run_epoch();
    check_lease(out_, lease_.token());
    save_checkpoint(trainer_->state(), identity_, file(kCheckpoint));
    write_rows(trainer_->state().rows, file(kRows));
    progress(row);
  }
  save_folder(trainer_->network(), out_);
}

void Training::tidy() const {
  std::filesystem::remove(file(kCheckpoint));
}

std::string Training::file(const char* name) const {
  return (std::filesystem::path(out_) / name).string();
}

}  // namespace assay
