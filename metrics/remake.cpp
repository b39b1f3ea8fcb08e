#include "metrics/remake.h"

#include <algorithm>
#include <exception>
#include <span>

#include "harness/core/error.h"
#include "harness/core/first_line.h"
#include "harness/core/normal.h"
#include "harness/core/seed.h"
#include "harness/network/device.h"
#include "harness/network/tensor.h"

namespace assay {
namespace {

/// Standard normal, of that shape, in float32 on the CPU.
Tensor pixel_noise(at::IntArrayRef shape, std::uint64_t seed) {
  const Tensor noise = at::empty(shape, at::kFloat);
  Random random(seed);
  Normal normal(random);
  for (float& value : std::span(noise.data_ptr<float>(), static_cast<std::size_t>(noise.numel())))
    value = static_cast<float>(normal());
  return noise;
}

/// The pixels of a sample; undefined for those of the subject.
Tensor noisy_pixels(const Subject& subject, const Circumstances& under, std::int64_t sample) {
  if (sample == 0) return under.pixels;
  Tensor pixels = subject.pixels().clone();
  for (std::int64_t image = 0; image < subject.images(); ++image) {
    const Tensor one = pixels[image];
    const double deviation = under.noise * (one.max() - one.min()).item<double>();
    const std::uint64_t seed =
        mix_seed({mix_seed(subject.seed(image), "noisy input"), static_cast<std::uint64_t>(sample)});
    one.add_(pixel_noise(one.sizes(), seed).to(one.device()) * deviation);
  }
  return pixels;
}

/// One explanation made again, sample by sample.
class Remaking {
 public:
  explicit Remaking(const Reexplained& one)
      : one_(one), queries_(one.explanation->queries), made_(queries_.size()) {}

  /// Adds the maps of one image's queries under one sample; the image itself comes first.
  void explain(Subject& subject, std::int64_t image, bool first) {
    std::vector<std::size_t> places;
    for (std::size_t q = 0; q < queries_.size(); ++q)
      if (queries_[q].image == image && made_[q].failure.empty()) places.push_back(q);
    if (places.empty()) return;
    try {
      subject.bill();
      if (first && one_.repredicted) predict_again(subject, image, places);
      std::vector<Query> asked;
      for (const std::size_t q : places) asked.push_back(queries_[q]);
      const Tensor maps = one_.explanation->again(subject, asked).at(0).to(at::kDouble);
      Cost cost = share_of(subject.bill(), std::ssize(places));
      cost.seconds = 0;
      for (std::size_t i = 0; i < places.size(); ++i)
        add(places[i], maps[static_cast<std::int64_t>(i)], cost);
    } catch (const std::exception& error) {
      if (calls_for_smaller_batch(error, subject.batch(), subject.pixels().device())) throw;
      for (const std::size_t q : places) made_[q] = {{}, {}, first_line(error.what())};
    }
  }

  std::vector<Remade> finish(std::int64_t samples) && {
    for (Remade& one : made_)
      if (one.map.defined() && samples > 1) one.map = one.map / static_cast<double>(samples);
    return std::move(made_);
  }

 private:
  void predict_again(Subject& subject, std::int64_t image, const std::vector<std::size_t>& places) {
    const std::int64_t target = subject.logits(image).argmax().item<std::int64_t>();
    for (const std::size_t q : places) queries_[q].target = target;
  }

  void add(std::size_t q, const Tensor& map, const Cost& cost) {
    made_[q].map = made_[q].map.defined() ? made_[q].map + map : map;
    made_[q].cost += cost;
  }

  Reexplained one_;
  std::vector<Query> queries_;
  std::vector<Remade> made_;
};

}  // namespace

std::vector<std::vector<Remade>> remake(const Subject& subject, const Circumstances& under,
                                        std::span<const Reexplained> candidates) {
  ASSAY_ASSERT(!under.pixels.defined() || under.samples == 1);
  std::vector<Remaking> all(candidates.begin(), candidates.end());
  for (std::int64_t sample = 0; sample < under.samples; ++sample) {
    Subject changed = subject.changed(
        {.network = under.network, .seed = under.seed, .pixels = noisy_pixels(subject, under, sample)});
    for (std::int64_t image = 0; image < subject.images(); ++image)
      for (Remaking& one : all) one.explain(changed, image, sample == 0);
  }
  std::vector<std::vector<Remade>> made;
  for (Remaking& one : all) made.push_back(std::move(one).finish(under.samples));
  return made;
}

}  // namespace assay
