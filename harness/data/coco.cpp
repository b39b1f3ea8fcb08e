// Instances as COCO writes them (Lin et al., "Microsoft COCO: common objects in context", ECCV 2014; the
// format is on cocodataset.org): lists `images`, `categories` and `annotations`; a box is [x, y, width,
// height], a segmentation a list of polygons [x, y, x, y, ...] or run lengths {size: [rows, columns],
// counts}, counts a list or compressed text.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "harness/data/objects.h"
#include "harness/network/json_node.h"
#include "harness/network/model_json.h"
#include "harness/network/tensor.h"

namespace assay {
namespace {

constexpr const char* kBoxesInstead = "; a file with boxes alone is read with shapes: boxes";

Box coco_box(const JsonNode& annotation) {
  const auto [x, y, width, height] = annotation.require_array<double, 4>("bbox");
  if (!(width > 0 && height > 0))
    annotation.fail(fmt::format("bbox: the box is empty: {} x {} pixels", width, height));
  return {.left = x, .top = y, .right = x + width, .bottom = y + height};
}

/// Without polygons of one or two corners, which hold no pixel.
Polygons coco_polygons(const JsonNode& annotation, const Json& list) {
  if (list.empty()) annotation.fail(fmt::format("segmentation: the list is empty{}", kBoxesInstead));
  Polygons polygons;
  for (std::size_t place = 0; place < list.size(); ++place) {
    const Json& numbers = list[place];
    bool fits = numbers.is_array() && !numbers.empty() && numbers.size() % 2 == 0;
    for (std::size_t i = 0; fits && i < numbers.size(); ++i) fits = numbers[i].is_number();
    if (!fits)
      annotation.fail(
          fmt::format("segmentation[{}]: expected x and y of corners, got {}", place, numbers.dump()));
    if (numbers.size() < 6) continue;
    auto& corners = polygons.emplace_back();
    for (std::size_t i = 0; i < numbers.size(); i += 2)
      corners.push_back({numbers[i].get<double>(), numbers[i + 1].get<double>()});
  }
  return polygons;
}

RunLengths coco_runs(const JsonNode& annotation) {
  const JsonNode node = annotation.child("segmentation");
  const auto [rows, columns] = node.require_array<int, 2>("size");
  if (rows < 1 || columns < 1) node.fail("size: must be at least 1 x 1");
  RunLengths runs{.size = {.rows = rows, .columns = columns}, .counts = {}};
  const Json& counts = node.at("counts");
  const bool is_list =
      counts.is_array() && std::ranges::all_of(counts, [](const Json& n) { return n.is_number_integer(); });
  if (!is_list && !counts.is_string())
    node.fail("counts: expected a list of integers or text, got " + counts.dump());
  try {
    runs.counts =
        is_list ? counts.get<std::vector<std::int64_t>>() : decode_counts(counts.get<std::string>());
    check_runs(runs);
  } catch (const DataError& error) {
    node.fail(fmt::format("counts: {}", error.what()));
  }
  return runs;
}

class Coco : public Dataset {
 public:
  explicit Coco(Params& params)
      : folder_(params.require<std::string>("path", "folder of the images")),
        file_(params.require<std::string>("annotations", "instances_*.json")),
        boxes_(params.choice("shapes", "segmentation", {"segmentation", "boxes"},
                             "what regions are made of") == "boxes"),
        crowds_(params.choice("crowds", "keep", {"keep", "leave-out"},
                              "regions that hold many objects (iscrowd)") == "keep"),
        objects_(params) {}

  std::vector<Sample> samples() const override {
    const Json json = read_json(file_);
    const JsonNode root(json, file_);
    const std::map<std::int64_t, std::string> names = read_categories(root);
    std::map<std::int64_t, std::vector<NamedObject>> objects;  // by image id
    for_each(root, "annotations", [&](const JsonNode& node) { read_annotation(node, names, objects); });
    std::vector<Sample> samples;
    std::set<std::string> files;
    for_each(root, "images", [&](const JsonNode& node) {
      const auto name = node.require<std::string>("file_name");
      if (!files.insert(name).second) node.fail(fmt::format("file_name: another image is {} too", name));
      const auto found = objects.find(node.require<std::int64_t>("id"));
      if (found == objects.end()) return;
      objects_.add(name, join_path(folder_, name), std::move(found->second), samples);
      objects.erase(found);
    });
    if (!objects.empty())
      throw DataError(fmt::format("{}: annotations of image id {}, which is not among its images", file_,
                                  objects.begin()->first));
    return not_empty(std::move(samples), file_);
  }

 private:
  template <class Use>
  void for_each(const JsonNode& root, const std::string& key, Use use) const {
    const Json& list = root.at(key);
    if (!list.is_array()) root.fail(key + ": expected a list");
    for (std::size_t i = 0; i < list.size(); ++i)
      use(JsonNode(list[i], fmt::format("{}: {}[{}]", file_, key, i)));
  }

  std::map<std::int64_t, std::string> read_categories(const JsonNode& root) const {
    std::map<std::int64_t, std::string> names;
    for_each(root, "categories", [&](const JsonNode& node) {
      names[node.require<std::int64_t>("id")] = node.require<std::string>("name");
    });
    return names;
  }

  void read_annotation(const JsonNode& node, const std::map<std::int64_t, std::string>& names,
                       std::map<std::int64_t, std::vector<NamedObject>>& objects) const {
    if (!crowds_ && node.get<std::int64_t>("iscrowd", 0) != 0) return;
    const auto category = node.require<std::int64_t>("category_id");
    const auto name = names.find(category);
    if (name == names.end()) node.fail(fmt::format("category_id: no category has the id {}", category));
    const auto image = node.require<std::int64_t>("image_id");
    if (std::optional<RegionShape> shape = shape_of(node))
      objects[image].push_back({name->second, {{}, std::move(*shape)}});
  }

  /// Nothing where no polygon has three corners.
  std::optional<RegionShape> shape_of(const JsonNode& node) const {
    if (boxes_) return coco_box(node);
    if (!node.has("segmentation")) node.fail(fmt::format("segmentation: missing{}", kBoxesInstead));
    const Json& segmentation = node.at("segmentation");
    if (!segmentation.is_array()) return coco_runs(node);
    Polygons polygons = coco_polygons(node, segmentation);
    if (polygons.empty()) return std::nullopt;
    return polygons;
  }

  std::string folder_, file_;
  bool boxes_, crowds_;
  ObjectSamples objects_;
};

}  // namespace

std::unique_ptr<Dataset> make_coco(Params& params) {
  return std::make_unique<Coco>(params);
}

}  // namespace assay
