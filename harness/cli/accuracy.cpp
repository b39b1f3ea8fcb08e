#include "harness/cli/accuracy.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <span>

#include "harness/core/error.h"
#include "harness/data/decode.h"
#include "harness/data/label_files.h"
#include "harness/network/tensor.h"

namespace assay {
namespace {

constexpr std::int64_t kTop = 5;

Judged unjudged(const Sample& sample, std::string reason) {
  return {.file = sample.name, .reason = std::move(reason)};
}

Judged compare(const Sample& sample, const std::vector<std::int64_t>& targets, const Tensor& logits) {
  const auto accepts = [&](std::int64_t output) {
    return std::ranges::find(targets, output) != targets.end();
  };
  const Tensor best = std::get<1>(logits.topk(std::min(kTop, logits.size(0))));
  const Tensor p = logits.to(at::kDouble).softmax(0);
  Judged judged{.file = sample.name};
  judged.top1 = logits.argmax().item<std::int64_t>();
  judged.right = accepts(judged.top1);
  for (std::int64_t i = 0; i < best.size(0); ++i)
    judged.right5 = judged.right5 || accepts(best[i].item<std::int64_t>());
  judged.p_true = p[targets.front()].item<double>();
  judged.p_top1 = p[judged.top1].item<double>();
  return judged;
}

/// `logits` [K].
Judged judge_one(const Sample& sample, const Network& network, const Tensor& logits) {
  try {
    return compare(sample, targets_of(sample, network), logits);
  } catch (const DataError& error) {
    return unjudged(sample, error.what());
  }
}

std::vector<Judged> judge_block(const Network& network, std::span<const Sample> samples,
                                const std::vector<Decoded>& images) {
  std::vector<Judged> block;
  std::vector<Tensor> pixels;
  for (const Decoded& image : images)
    if (image.reason.empty()) pixels.push_back(image.pixels);
  const Tensor logits = pixels.empty() ? Tensor() : network.forward(network.normalise(at::stack(pixels)));
  std::int64_t row = 0;
  for (std::size_t i = 0; i < samples.size(); ++i)
    block.push_back(images[i].reason.empty() ? judge_one(samples[i], network, logits[row++])
                                             : unjudged(samples[i], images[i].reason));
  return block;
}

}  // namespace

std::vector<Judged> judge(const Network& network, const std::vector<Sample>& samples, std::int64_t batch,
                          const std::function<void(std::size_t)>& progress) {
  const auto size = static_cast<std::size_t>(batch);
  const auto block_at = [&](std::size_t first) {
    return std::span(samples).subspan(first, std::min(size, samples.size() - first));
  };
  Prefetcher prefetcher(network.preprocess(), 2);
  for (std::size_t first = 0; first < samples.size(); first += size) {
    const auto block = block_at(first);
    prefetcher.push({block.begin(), block.end()});
  }
  std::vector<Judged> all;
  for (std::size_t first = 0; first < samples.size(); first += size) {
    std::ranges::move(judge_block(network, block_at(first), prefetcher.pop()), std::back_inserter(all));
    progress(all.size());
  }
  return all;
}

Accuracy accuracy_of(const std::vector<Judged>& all) {
  Accuracy accuracy;
  for (const Judged& judged : all) {
    if (!judged.reason.empty()) continue;
    ++accuracy.judged;
    accuracy.right += judged.right;
    accuracy.right5 += judged.right5;
    accuracy.p_true += judged.p_true;
  }
  if (accuracy.judged > 0) accuracy.p_true /= static_cast<double>(accuracy.judged);
  return accuracy;
}

void write_predictions(const std::vector<Judged>& all, const std::string& file) {
  std::ofstream stream(file, std::ios::trunc);
  stream << "file,top1,right,p_true\n";
  for (const Judged& judged : all) {
    const std::string name = csv_field(judged.file);
    stream << (judged.reason.empty()
                   ? fmt::format("{},{},{:d},{:.5f}\n", name, judged.top1, judged.right, judged.p_true)
                   : name + ",,,\n");
  }
  stream.close();
  if (!stream) throw DataError(fmt::format("{}: cannot be written", file));
}

}  // namespace assay
