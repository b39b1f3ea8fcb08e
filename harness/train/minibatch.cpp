#include "harness/train/minibatch.h"

#include <map>

#include "harness/core/seed.h"

namespace assay {
namespace {

class Rows {
 public:
  Rows(const std::vector<TrainingView>& views, const Preprocess& input, const Augmentation& change,
       std::uint64_t seed)
      : views_(views), input_(input), change_(change), seed_(seed) {}

  /// The row of a view's crop for one side of the pairs.
  std::int64_t of(std::int64_t view, std::uint64_t side) {
    const auto [place, fresh] = rows_.try_emplace({side, view}, std::ssize(labels));
    if (fresh) {
      const std::uint64_t seed = mix_seed({seed_, side, static_cast<std::uint64_t>(view)});
      crops.push_back(random_crop(views_[view].pixels, input_.height, input_.width, change_, seed));
      labels.push_back(views_[view].label);
    }
    return place->second;
  }

  std::vector<Tensor> crops;
  std::vector<std::int64_t> labels;

 private:
  const std::vector<TrainingView>& views_;
  const Preprocess& input_;
  const Augmentation& change_;
  std::uint64_t seed_;
  std::map<std::pair<std::uint64_t, std::int64_t>, std::int64_t> rows_;
};

}  // namespace

Minibatch minibatch_of(std::span<const Pair> pairs, const std::vector<TrainingView>& views,
                       const Preprocess& input, const Augmentation& change, std::uint64_t seed) {
  Rows rows(views, input, change, seed);
  std::vector<std::int64_t> first, second;
  std::vector<float> similar;
  for (const Pair& pair : pairs) {
    first.push_back(rows.of(pair.first, 0));
    second.push_back(rows.of(pair.second, 1));
    similar.push_back(pair.similar ? 1.0f : 0.0f);
  }
  return {at::stack(rows.crops),
          at::tensor(rows.labels),
          {at::tensor(first), at::tensor(second), at::tensor(similar)}};
}

}  // namespace assay
