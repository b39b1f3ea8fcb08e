// Mosaics of labelled images, whose cells are the regions of the grid pointing game (papers.md 1.3, 5.1
// to 5.3).
//   VAR's Quad-ImageNet: {n: 2, image: 112, distinct: false, resize: squash}; no choice by confidence.
//   GridPG (Rao 2022): {n: 2, image: 224, select: confident, distinct: true, resize: short-side-crop}.
//   DiFull, DiPart (Rao 2022): the same with control: heads, for networks with a head a cell.
//   Like CoDA, B-cos: {n: 3, select: confident, confidence: 0.5, layout: column-major}. There the images of a
//   class come sorted by confidence, here they are drawn; there p is a sigmoid above 0.5, here a softmax of
//   at least that.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "harness/data/confidences.h"
#include "harness/data/grid_draw.h"
#include "harness/data/label_files.h"
#include "harness/network/heads.h"
#include "harness/network/tensor.h"

namespace assay {
namespace {

using Parts = std::vector<std::unique_ptr<Dataset>>;

/// One dataset below `of`, or a list of them.
Parts read_parts(Params& params) {
  const Json of = params.raw("of", "the dataset of the tiles, {kind: ..., ...}, or a list of such");
  Parts parts;
  if (params.is_describing()) return parts;
  if (of.is_null()) params.fail("", "missing key 'of' (the dataset of the tiles, {kind: ..., ...})");
  std::vector<Params> entries;
  if (of.is_array())
    entries = params.children("of");
  else
    entries.push_back(params.child("of"));
  Json resolved = Json::array();
  for (Params& entry : entries) {
    const auto kind = entry.require<std::string>("kind", "layout on disk, see 'assay list datasets'");
    parts.push_back(find_entry(datasets(), kind, entry, "kind").make(entry));
    entry.finish();
    resolved.push_back(entry.resolved());
  }
  params.resolve("of", std::move(resolved));
  return parts;
}

/// What is known of one mosaic's cells, row by row.
struct Cells {
  std::shared_ptr<const Mosaic> mosaic;
  std::vector<Label> labels;

  bool same(std::size_t a, std::size_t b) const { return word_of(labels[a]) == word_of(labels[b]); }
  /// How many earlier cells have the cell's class.
  std::size_t repeats(std::size_t cell) const {
    std::size_t count = 0;
    for (std::size_t earlier = 0; earlier < cell; ++earlier) count += same(earlier, cell) ? 1 : 0;
    return count;
  }
  Region region(std::size_t cell) const {
    const auto n = static_cast<std::size_t>(mosaic->n);
    const auto edge = [&](std::size_t tiles) { return static_cast<double>(tiles) * mosaic->side; };
    const std::size_t row = cell / n, column = cell % n;
    return {labels[cell], Box{edge(column), edge(row), edge(column + 1), edge(row + 1)}};
  }
  /// One cell a class: of several the `repeat`-th, or the last.
  std::vector<Region> regions(std::size_t repeat) const {
    std::vector<std::size_t> chosen;
    for (std::size_t cell = 0; cell < labels.size(); ++cell) {
      const auto known = std::ranges::find_if(chosen, [&](std::size_t other) { return same(other, cell); });
      if (known == chosen.end())
        chosen.push_back(cell);
      else if (repeats(cell) <= repeat)
        *known = cell;
    }
    std::vector<Region> made;
    for (const std::size_t cell : chosen) made.push_back(region(cell));
    return made;
  }
};

class Grid : public Dataset {
 public:
  explicit Grid(Params& params)
      : parts_(read_parts(params)),
        n_(positive(params, "n", 2, "tiles on a side")),
        side_(positive(params, "image", 112, "side of a tile, px; n tiles make the network's input")),
        squash_(params.choice("resize", "squash", {"squash", "short-side-crop"},
                              "an image becomes a tile squashed, or as the middle of itself with its short "
                              "side at 8/7 of the tile") == "squash"),
        by_columns_(params.choice("layout", "row-major", {"row-major", "column-major"},
                                  "where the drawn images go, one after the other") == "column-major"),
        heads_(params.choice("control", "none", {"none", "heads"},
                             "heads: for networks with a head a cell (DiFull, DiPart): the bottom right tile "
                             "repeats the class of the top left one, and these two cells are explained") ==
               "heads") {
    rules_.distinct = params.get("distinct", true, "no class twice on a mosaic");
    rules_.reuse = params.get("reuse", false, "an image may be on several mosaics; needs count");
    rules_.count = params.get<std::int64_t>("count", 0, "mosaics; 0 = as many as the images fill");
    rules_.seed = static_cast<std::uint64_t>(params.get<std::int64_t>("seed", 1, "of the draw"));
    rules_.tiles = static_cast<int>(n_ * n_);
    rules_.twins = heads_;
    if (rules_.count < 0) params.fail("count", "must not be negative");
    if (rules_.reuse && rules_.count == 0) params.fail("reuse", "needs 'count': how many mosaics");
    if (n_ < 2 || n_ > 16) params.fail("n", "must be 2 to 16");
    read_selection(params);
  }

  std::vector<Sample> samples() const override {
    std::vector<MosaicTile> pool = tiles();
    const std::string match = keep_confident(pool);
    std::vector<std::string> classes;
    for (const MosaicTile& tile : pool) classes.push_back(word_of(tile.label));
    const auto grids = draw_grids(classes, rules_);
    if (grids.empty() || std::ssize(grids) < rules_.count)
      throw DataError(fmt::format("{} images make {} mosaics{}{}; ask for fewer{}{}", pool.size(),
                                  grids.size(), rules_.distinct ? " of distinct classes" : "",
                                  rules_.reuse ? "" : " without reuse",
                                  rules_.reuse ? "" : " or set reuse: true", match));
    std::vector<Sample> samples;
    for (std::size_t i = 0; i < grids.size(); ++i) add(fmt::format("grid-{:04}", i), pool, grids[i], samples);
    return samples;
  }

 private:
  void read_selection(Params& params) {
    const bool confident = params.choice("select", "random", {"random", "confident"},
                                         "which images may become tiles: all, or those that networks are "
                                         "sure of") == "confident";
    confidences_ = params.get<std::string>(
        "confidences", "",
        "for select: confident; a table with columns name (or file) and p (or p_true), and network and label "
        "where there are several networks: 'assay network PATH --images FOLDER --predictions FILE' writes "
        "one");
    column_ = params.get<std::string>("column", "", "column of the probabilities; default: p or p_true");
    threshold_ = params.get("confidence", 0.99, "least probability of the true class, by every network");
    if (confident && confidences_.empty())
      params.fail("select",
                  "'confident' needs 'confidences': a table of the images' probabilities, such as 'assay "
                  "network PATH --images FOLDER --predictions FILE' writes");
    if (!confident && !confidences_.empty()) params.fail("confidences", "is used by select: confident only");
    if (!(threshold_ >= 0 && threshold_ <= 1)) params.fail("confidence", "must lie in 0..1");
  }

  /// Every image once, with the first class that it has a sample of.
  std::vector<MosaicTile> tiles() const {
    std::vector<MosaicTile> all;
    std::set<std::string> paths;
    for (std::size_t part = 0; part < parts_.size(); ++part)
      for (const Sample& sample : parts_[part]->samples()) {
        if (sample.mosaic) throw DataError(sample.name + ": a mosaic cannot be a tile of a mosaic");
        if (sample.labels.empty()) throw DataError(sample.name + ": a tile needs a label");
        if (paths.insert(sample.path).second)
          all.push_back({sample.name, sample.path, sample.labels.front(), static_cast<int>(part)});
      }
    return all;
  }

  /// Returns how images and table matched, to be said where too few are left.
  std::string keep_confident(std::vector<MosaicTile>& pool) const {
    if (confidences_.empty()) return "";
    const Confidences table(confidences_, column_, threshold_);
    const std::string match = table.match(pool);
    if (std::ranges::none_of(pool, [&](const MosaicTile& tile) { return table.knows(tile); }))
      throw DataError(match);
    std::erase_if(pool, [&](const MosaicTile& tile) { return !table.sure_of(tile); });
    return "; " + match;
  }

  std::size_t cell_of(std::size_t drawn) const {
    const auto n = static_cast<std::size_t>(n_);
    return by_columns_ ? drawn % n * n + drawn / n : drawn;
  }

  void add(const std::string& name, const std::vector<MosaicTile>& pool,
           const std::vector<std::size_t>& drawn, std::vector<Sample>& samples) const {
    auto mosaic =
        std::make_shared<Mosaic>(Mosaic{static_cast<int>(n_), static_cast<int>(side_), !squash_, {}, heads_});
    mosaic->tiles.resize(drawn.size());
    for (std::size_t i = 0; i < drawn.size(); ++i) mosaic->tiles[cell_of(i)] = pool[drawn[i]];
    Cells cells{mosaic, {}};
    for (std::size_t cell = 0; cell < drawn.size(); ++cell) {
      const Label& label = mosaic->tiles[cell].label;
      cells.labels.push_back(heads_ ? Label{-1, head_class(word_of(label), static_cast<int>(cell))} : label);
    }
    for (std::size_t cell = 0; cell < drawn.size(); ++cell) {
      if (heads_ && cell != 0 && cell + 1 != drawn.size()) continue;
      samples.push_back({.name = fmt::format("{}/cell-{}", name, cell),
                         .path = "",
                         .labels = {cells.labels[cell]},
                         .regions = cells.regions(cells.repeats(cell)),
                         .image = name,
                         .classes = cells.labels,
                         .mosaic = mosaic});
    }
  }

  Parts parts_;
  std::int64_t n_, side_;
  bool squash_, by_columns_, heads_;
  GridRules rules_;
  std::string confidences_, column_;
  double threshold_ = 0.99;
};

}  // namespace

std::unique_ptr<Dataset> make_grid(Params& params) {
  return std::make_unique<Grid>(params);
}

}  // namespace assay
