#include "harness/vision/parts.h"

#include <algorithm>
#include <map>

#include "harness/core/error.h"

namespace assay {
namespace {

/// The 4-connected parts of equal labels.
class Parts {
 public:
  Parts(const std::vector<std::int64_t>& labels, std::int64_t height, std::int64_t width)
      : height_(height), width_(width), of_(labels.size(), -1) {
    for (std::int64_t at = 0; at < height * width; ++at)
      if (of_[static_cast<std::size_t>(at)] < 0) flood(labels, at);
    borders_.resize(sizes_.size());
    for (std::int64_t at = 0; at < height * width; ++at) {
      if (at % width + 1 < width) touch(at, at + 1);
      if (at + width < height * width) touch(at, at + width);
    }
    for (std::size_t i = 0; i < sizes_.size(); ++i) into_.push_back(i);
  }

  void merge_smaller_than(double size) {
    for (std::size_t i = 0; i < sizes_.size(); ++i)
      for (std::size_t part = end_of(i); static_cast<double>(sizes_[part]) < size && !borders_[part].empty();
           part = end_of(i))
        merge(part, std::ranges::max_element(borders_[part], {}, [](const auto& border) {
                      return border.second;
                    })->first);
  }

  /// [H,W].
  Tensor numbered() const {
    const Tensor labels = at::empty({height_, width_}, at::kLong);
    std::int64_t* label = labels.data_ptr<std::int64_t>();
    std::map<std::size_t, std::int64_t> numbers;
    for (const std::int64_t part : of_)
      *label++ =
          numbers.try_emplace(end_of(static_cast<std::size_t>(part)), std::ssize(numbers)).first->second;
    return labels;
  }

 private:
  void flood(const std::vector<std::int64_t>& labels, std::int64_t start) {
    const auto number = std::ssize(sizes_);
    const std::int64_t label = labels[static_cast<std::size_t>(start)];
    std::vector<std::int64_t> open;
    std::int64_t size = 0;
    const auto enter = [&](std::int64_t at) {
      const auto place = static_cast<std::size_t>(at);
      if (of_[place] >= 0 || labels[place] != label) return;
      of_[place] = number;
      ++size;
      open.push_back(at);
    };
    enter(start);
    while (!open.empty()) {
      const std::int64_t at = open.back();
      open.pop_back();
      if (at % width_ > 0) enter(at - 1);
      if (at % width_ + 1 < width_) enter(at + 1);
      if (at >= width_) enter(at - width_);
      if (at + width_ < height_ * width_) enter(at + width_);
    }
    sizes_.push_back(size);
  }

  void touch(std::int64_t a, std::int64_t b) {
    const auto one = static_cast<std::size_t>(of_[static_cast<std::size_t>(a)]);
    const auto other = static_cast<std::size_t>(of_[static_cast<std::size_t>(b)]);
    if (one == other) return;
    ++borders_[one][other];
    ++borders_[other][one];
  }

  std::size_t end_of(std::size_t part) const {
    while (into_[part] != part) part = into_[part];
    return part;
  }

  void merge(std::size_t part, std::size_t into) {
    for (const auto& [neighbour, length] : borders_[part]) {
      borders_[neighbour].erase(part);
      if (neighbour == into) continue;
      borders_[into][neighbour] += length;
      borders_[neighbour][into] += length;
    }
    borders_[part].clear();
    sizes_[into] += sizes_[part];
    into_[part] = into;
  }

  std::int64_t height_, width_;
  std::vector<std::int64_t> of_;                              // by pixel
  std::vector<std::int64_t> sizes_;                           // by part
  std::vector<std::map<std::size_t, std::int64_t>> borders_;  // by part: neighbours, length of the border
  std::vector<std::size_t> into_;                             // by part: what it was merged into, or itself
};

}  // namespace

Tensor connected_parts(const std::vector<std::int64_t>& labels, std::int64_t height, std::int64_t width,
                       double least) {
  ASSAY_ASSERT(std::ssize(labels) == height * width);
  Parts parts(labels, height, width);
  parts.merge_smaller_than(least);
  return parts.numbered();
}

}  // namespace assay
