#include "harness/train/training.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "harness/core/error.h"
#include "harness/network/load.h"
#include "harness/train/checkpoint.h"
#include "harness/train/floor_network.h"

namespace assay {
namespace {

constexpr const char* kCheckpoint = "checkpoint.safetensors";
constexpr const char* kRows = "training.csv";

std::vector<Sample> samples_of(const std::string& path, const char* split, bool painted = false) {
  Params params(Json{{"path", path}, {"split", split}, {"painted", painted}});
  return find_entry(datasets(), "floors", params, "kind").make(params)->samples();
}

std::string class_of(const Label& label) {
  return label.key.empty() ? std::to_string(label.index) : label.key;
}

std::vector<std::string> classes_of(const std::vector<Sample>& samples) {
  std::set<std::string> classes;
  for (const Sample& sample : samples) {
    if (sample.labels.empty()) throw DataError(fmt::format("{}: no floor is given", sample.path));
    classes.insert(class_of(sample.labels.front()));
  }
  return {classes.begin(), classes.end()};
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

void create_folder(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw DataError(fmt::format("{}: cannot be created: {}", folder, error.message()));
}

}  // namespace

Training::Training(const TrainRequest& request) : data_(request.data), out_(request.out) {
  const std::vector<Sample> train = samples_of(request.data, "train");
  test_ = samples_of(request.data, "test");
  const Network start = start_of(request, classes_of(train));
  if (request.epochs > 0) recipe_.epochs = request.epochs;
  std::vector<TrainingView> views = decode_views(train, start);
  views_ = views.size();
  identity_ = identity_of(recipe_, start, views, request.seed);
  trainer_.emplace(start, std::move(views), recipe_, request.seed);
  create_folder(out_);
  if (request.restart)
    std::filesystem::remove(file(kCheckpoint));
  else if (const auto state = load_checkpoint(identity_, file(kCheckpoint)))
    trainer_->restore(*state);
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
  }
  origins_ = std::move(initial.origins);
  return std::move(initial.network);
}

void Training::run(const std::function<void(const EpochRow&)>& progress) {
  while (!trainer_->is_finished()) {
    const EpochRow& row = trainer_->run_epoch();
    save_checkpoint(trainer_->state(), identity_, file(kCheckpoint));
    write_rows(trainer_->state().rows, file(kRows));
    progress(row);
  }
  save_folder(trainer_->network(), out_);
}

std::vector<Sample> Training::painted_samples() const {
  std::vector<Sample> painted = samples_of(data_, "test", true);
  const bool there =
      std::ranges::all_of(painted, [](const Sample& sample) { return std::filesystem::exists(sample.path); });
  return there ? painted : std::vector<Sample>();
}

void Training::tidy() const {
  std::filesystem::remove(file(kCheckpoint));
}

std::string Training::file(const char* name) const {
  return (std::filesystem::path(out_) / name).string();
}

}  // namespace assay
