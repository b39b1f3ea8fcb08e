#include "harness/vision/parts.h"

#include <array>
#include <map>

#include "harness/core/error.h"

namespace assay {
namespace {

class Parts {
 public:
  Parts(const std::vector<std::int64_t>& labels, std::int64_t height, std::int64_t width)
      : labels_(labels), height_(height), width_(width), of_(labels.size(), kNone) {
    for (std::int64_t at = 0; at < height * width; ++at)
      if (of_[index(at)] == kNone) flood(at);
  }

  void merge_smaller_than(double least) {
    for (std::size_t part = 1; part < sizes_.size(); ++part)
      if (static_cast<double>(sizes_[part]) < least) merge(part, end_of(earlier_[part]));
    if (static_cast<double>(sizes_[0]) < least) merge_first();
  }

  /// [H,W].
  Tensor numbered() const {
    const Tensor numbers = at::empty({height_, width_}, at::kLong);
    std::int64_t* number = numbers.data_ptr<std::int64_t>();
    std::map<std::size_t, std::int64_t> known;  // by part
    for (const std::size_t part : of_)
      *number++ = known.try_emplace(end_of(part), std::ssize(known)).first->second;
    return numbers;
  }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  static std::size_t index(std::int64_t at) { return static_cast<std::size_t>(at); }

  /// Left, above, right, below; -1 beyond the image.
  std::array<std::int64_t, 4> neighbours(std::int64_t at) const {
    return {at % width_ > 0 ? at - 1 : -1, at >= width_ ? at - width_ : -1,
            at % width_ + 1 < width_ ? at + 1 : -1, at + width_ < height_ * width_ ? at + width_ : -1};
  }

  void flood(std::int64_t start) {
    std::size_t earlier = 0;
    for (const std::int64_t next : neighbours(start))
      if (next >= 0 && of_[index(next)] != kNone) earlier = of_[index(next)];
    const std::size_t part = sizes_.size();
    std::int64_t size = 0;
    std::vector<std::int64_t> open{start};
    of_[index(start)] = part;
    while (!open.empty()) {
      const std::int64_t at = open.back();
      open.pop_back();
      ++size;
      for (const std::int64_t next : neighbours(at)) {
        if (next < 0 || of_[index(next)] != kNone || labels_[index(next)] != labels_[index(start)]) continue;
        of_[index(next)] = part;
        open.push_back(next);
      }
    }
    sizes_.push_back(size);
    earlier_.push_back(earlier);
    into_.push_back(part);
  }

  void merge(std::size_t part, std::size_t into) {
    sizes_[into] += sizes_[part];
    into_[part] = into;
  }

  void merge_first() {
    for (std::int64_t at = 0; at < height_ * width_; ++at) {
      if (end_of(of_[index(at)]) != 0) continue;
      for (const std::int64_t next : neighbours(at))
        if (next >= 0 && end_of(of_[index(next)]) != 0) return merge(0, end_of(of_[index(next)]));
    }
  }

  std::size_t end_of(std::size_t part) const {
    while (into_[part] != part) part = into_[part];
    return part;
  }

  const std::vector<std::int64_t>& labels_;
  std::int64_t height_, width_;
  std::vector<std::size_t> of_;       // by pixel
  std::vector<std::int64_t> sizes_;   // by part
  std::vector<std::size_t> earlier_;  // by part: one that its first pixel touches
  std::vector<std::size_t> into_;     // by part: what it was merged into, or itself
};

}  // namespace

Tensor connected_parts(const std::vector<std::int64_t>& labels, std::int64_t height, std::int64_t width,
                       double least) {
  ASSAY_ASSERT(std::ssize(labels) == height * width && !labels.empty());
  Parts parts(labels, height, width);
  parts.merge_smaller_than(least);
  return parts.numbered();
}

}  // namespace assay
