#include <fmt/format.h>

#include <algorithm>

#include "harness/network/tensor.h"
#include "metrics/metric.h"

namespace assay {
namespace {

/// Edges of the input's pixels against those of the image's, half a pixel before and behind their centres.
bool spans_whole_side(double scale, double offset, std::int64_t input, int original) {
  const double before = offset - scale / 2 + 0.5;
  return before <= 1e-6 && before + scale * static_cast<double>(input) >= original - 1e-6;
}

}  // namespace

void Truth::add(const Query& query, const Tensor& region) {
  Tensor& known = regions_[{query.image, query.target}];
  known = known.defined() ? at::logical_or(known, region) : region;
}

void Truth::fail(const Query& query, std::string reason) {
  failures_.try_emplace({query.image, query.target}, std::move(reason));
}

std::int64_t Truth::other_classes(const Query& query) const {
  std::int64_t others = 0;
  for (const auto& [key, objects] : objects_)
    others += key.first == query.image && key.second != query.target &&
              std::ranges::any_of(objects, &Object::visible);
  return others;
}

std::string Truth::failure(const Query& query) const {
  const auto found = failures_.find({query.image, query.target});
  return found == failures_.end() ? "" : found->second;
}

std::string Truth::why_unseen(const Query& query, const std::string& what) const {
  const ImageGeometry* whole = geometry(query.image);
  const Tensor pixels = region(query);
  if (whole && spans_whole_side(whole->scale_y, whole->offset_y, pixels.size(0), whole->rows) &&
      spans_whole_side(whole->scale_x, whole->offset_x, pixels.size(1), whole->columns))
    return fmt::format("no pixel of the input shows {}", what);
  return fmt::format("{} is outside the network's input, or smaller than its pixels", what);
}

Tensor Truth::region(const Query& query) const {
  const auto found = regions_.find({query.image, query.target});
  return found == regions_.end() ? Tensor() : found->second;
}

bool Truth::Object::visible() const {
  return mask.any().item<bool>();
}

void Truth::set_geometry(std::int64_t image, ImageGeometry geometry) {
  geometries_[image] = geometry;
}

void Truth::add_object(const Query& query, Object object) {
  add(query, object.mask);
  objects_[{query.image, query.target}].push_back(std::move(object));
}

const ImageGeometry* Truth::geometry(std::int64_t image) const {
  const auto found = geometries_.find(image);
  return found == geometries_.end() ? nullptr : &found->second;
}

std::span<const Truth::Object> Truth::objects(const Query& query) const {
  const auto found = objects_.find({query.image, query.target});
  if (found == objects_.end()) return {};
  return found->second;
}

#define METRIC(identifier, summary) std::unique_ptr<Metric> make_##identifier(Params& params);
#include "metrics/metrics.def"
#undef METRIC

const std::vector<Entry<Metric>>& metrics() {
  static const std::vector<Entry<Metric>> entries{
#define METRIC(identifier, summary) {user_name(#identifier), summary, make_##identifier},
#include "metrics/metrics.def"
#undef METRIC
  };
  return entries;
}

}  // namespace assay
