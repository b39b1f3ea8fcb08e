#include <fmt/format.h>

#include "harness/network/json_node.h"
#include "harness/network/model_json.h"

namespace assay {
namespace {

using Words = std::array<std::string_view, 3>;
constexpr std::array<std::string_view, 2> kOrderWords{"RGB", "BGR"};
constexpr Words kResizeWords{"none", "warp", "short_side"};  // in the order of Preprocess::Resize
constexpr Words kCropWords{"none", "center", "top_left"};    // in the order of Preprocess::Crop

void read_resize(const JsonNode& node, Preprocess& p) {
  if (!node.has("resize")) return;
  const JsonNode resize = node.child("resize");
  p.resize = static_cast<Preprocess::Resize>(resize.choice("mode", kResizeWords));
  if (p.resize == Preprocess::Resize::none) return;
  p.resize_size = resize.require<std::int64_t>("size");
  if (p.resize_size < 1) resize.fail("size: must be at least 1");
}

}  // namespace

Preprocess preprocess_from_json(const Json& json, const std::string& file) {
  const JsonNode node(json, file + ": preprocess");
  Preprocess p;
  const auto size = node.require_array<std::int64_t, 3>("input_size");
  if (size[0] != 3 || size[1] < 1 || size[2] < 1) node.fail("input_size: expected [3, height, width]");
  p.height = size[1];
  p.width = size[2];
  p.bgr = node.choice("channel_order", kOrderWords) == 1;
  p.pre_scale = node.get<double>("pre_scale", 1);
  p.mean = node.get_array<double, 3>("mean", p.mean);
  p.std = node.get_array<double, 3>("std", p.std);
  for (const double std : p.std)
    if (std == 0) node.fail("std: must not be 0");
  read_resize(node, p);
  if (node.has("crop")) p.crop = static_cast<Preprocess::Crop>(node.choice("crop", kCropWords));
  p.top_left_square = node.get<bool>("top_left_square", false);
  return p;
}

Json preprocess_to_json(const Preprocess& p) {
  Json json = {{"input_size", {3, p.height, p.width}},
               {"channel_order", kOrderWords[p.bgr]},
               {"pre_scale", p.pre_scale},
               {"mean", p.mean},
               {"std", p.std},
               {"resize", {{"mode", kResizeWords[static_cast<std::size_t>(p.resize)]}}},
               {"crop", kCropWords[static_cast<std::size_t>(p.crop)]}};
  if (p.resize != Preprocess::Resize::none) json["resize"]["size"] = p.resize_size;
  if (p.top_left_square) json["top_left_square"] = true;
  return json;
}

}  // namespace assay
