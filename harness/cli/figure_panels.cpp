#include "harness/cli/figure_panels.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/cli/explanation.h"
#include "harness/figures/panel.h"
#include "harness/network/tensor.h"
#include "harness/vision/vision.h"

namespace assay {
namespace {

constexpr int kColumns = 6;  // tiles beside the image at most; longer rows go on below
constexpr int kWidth = 260;  // px of a tile's picture

using Tiles = std::vector<Tile>;

std::string percent(double share) {
  return fmt::format("{:g} %", 100 * share);
}

double count(const Tensor& mask) {
  return static_cast<double>(mask.sum().item<std::int64_t>());
}

/// Draws the tiles of one image under one protocol.
class Painter {
 public:
  Painter(const ExplainedImage& image, const Protocol& protocol)
      : image_(image),
        protocol_(protocol),
        network_(image.subject().network()),
        target_(image.target(protocol.target)),
        picture_(picture_of(image.subject().pixels()[0], network_.preprocess().bgr)),
        region_(image.region(target_)) {}

  Tile image() const {
    const Tensor p = scores_of(image_.subject().logits(), Score::probability)[0];
    const auto p_text = [&](std::int64_t index) {
      return fmt::format("p = {:.3f}", p[index].item<double>());
    };
    const std::int64_t predicted = image_.subject().predicted(0);
    Tile tile{marked(picture_),
              "image",
              {fmt::format("explained: {} ({})", class_name(network_, target_), protocol_.target),
               p_text(target_)}};
    if (target_ != predicted)
      tile.lines.push_back(
          fmt::format("predicted: {}, {}", class_name(network_, predicted), p_text(predicted)));
    if (region_.defined()) tile.lines.push_back("cyan: outline of the object");
    return tile;
  }

  Tile heat(const Exhibit& exhibit) const {
    const Working& working = image_[exhibit.explanation];
    if (working.positions.empty()) return missing(exhibit, working);
    Tile tile{heat_overlay(picture_, min_max(working.explanation.maps.front()[0])), exhibit.name, {}, true};
    add_remarks(exhibit, working, tile);
    return tile;
  }

  Tile mask(const Exhibit& exhibit, const MaskRule& rule) const {
    const Working& working = image_[exhibit.explanation];
    if (working.positions.empty()) return missing(exhibit, working);
    const Tensor mask = explanation_mask(working.explanation, 0, rule, image_.subject().seed(0)).to(at::kCPU);
    Tile tile{marked(mask_overlay(picture_, mask)), exhibit.name, mask_lines(mask, rule)};
    add_remarks(exhibit, working, tile);
    return tile;
  }

  Tiles masks(const std::vector<Exhibit>& exhibits, const MaskRule& rule) const {
    Tiles tiles;
    for (const Exhibit& one : exhibits) tiles.push_back(mask(one, rule));
    return tiles;
  }

  /// Rows of tiles beside the image.
  Tensor draw(const std::string& what, const std::vector<Tiles>& rows) const {
    std::size_t beside = 0;
    for (const Tiles& row : rows) beside = std::max(beside, std::min<std::size_t>(row.size(), kColumns));
    Tiles grid;
    for (const Tiles& row : rows)
      for (std::size_t i = 0; i < row.size(); ++i) {
        if (i % beside == 0) grid.push_back(grid.empty() ? image() : Tile{});
        grid.push_back(row[i]);
        if (i + 1 == row.size()) grid.resize((grid.size() + beside) / (beside + 1) * (beside + 1));
      }
    const Experiment& experiment = image_.experiment();
    const std::string heading =
        fmt::format("{}, {} / {}, protocol {}: {}", image_.sample().name, experiment.dataset,
                    experiment.network_name, protocol_.name, what);
    return panel(heading, grid, {.columns = static_cast<int>(beside) + 1, .width = kWidth});
  }

 private:
  /// With the outline of the object.
  Tensor marked(const Tensor& picture) const {
    return region_.defined() ? outlined(picture, region_) : picture;
  }

  std::vector<std::string> mask_lines(const Tensor& mask, const MaskRule& rule) const {
    const double pixels = count(mask);
    std::vector<std::string> lines{fmt::format("rho {}: {:.1f} % of the pixels", percent(rule.rho),
                                               100 * pixels / static_cast<double>(mask.numel()))};
    if (region_.defined() && pixels > 0)
      lines.push_back(fmt::format("{:.1f} % of it on the object", 100 * count(mask & region_) / pixels));
    return lines;
  }

  Tile missing(const Exhibit& exhibit, const Working& working) const {
    const Verdict& verdict = working.verdicts.front();
    const Tensor nothing = at::zeros({picture_.size(0), picture_.size(1)}, at::kBool);
    return {mask_overlay(picture_, nothing),
            exhibit.name,
            {fmt::format("{}: {}", name_of(verdict.status), verdict.reason)}};
  }

  static void add_remarks(const Exhibit& exhibit, const Working& working, Tile& tile) {
    if (!exhibit.settings.empty()) tile.lines.push_back(exhibit.settings);
    if (!working.verdicts.front().reason.empty()) tile.lines.push_back(working.verdicts.front().reason);
  }

  const ExplainedImage& image_;
  const Protocol& protocol_;
  const Network& network_;
  std::int64_t target_;
  Tensor picture_;  // uint8 [H,W,3]
  Tensor region_;   // bool [H,W] of the object; undefined where it is not known
};

}  // namespace

std::int64_t ExplainedImage::target(const std::string& rule) const {
  return rule == "label" ? targets_of(*sample_, subject_->network()).front() : subject_->predicted(0);
}

void ExplainedImage::explain(const std::vector<int>& explanations) {
  std::map<int, Working> fresh;
  for (const int index : explanations) {
    if (working_.contains(index)) continue;
    const PlannedExplanation& planned = experiment_->roster->explanations[index];
    Working& working = fresh[index];
    working.planned = &planned;
    working.verdicts.resize(1);
    if (planned.unsupported.empty()) {
      working.explanation.queries = {{0, target(planned.target)}};
      working.positions = {0};
    } else {
      working.verdicts.front().set(Status::skipped, planned.unsupported);
    }
  }
  assay::explain(*subject_, *experiment_->roster, fresh);
  working_.merge(fresh);
}

std::vector<FigurePanel> figure_panels(const ExplainedImage& image, const Showcase& showcase,
                                       const Protocol& protocol) {
  const Painter painter(image, protocol);
  std::vector<Tiles> parameters, methods(1), pairs;
  for (const std::vector<Exhibit>& group : showcase.parameters)
    parameters.push_back(painter.masks(group, showcase.rules.front()));
  for (const Exhibit& one : showcase.methods) methods.front().push_back(painter.heat(one));
  for (const MaskRule& rule : showcase.rules) {
    methods.push_back(painter.masks(showcase.methods, rule));
    pairs.push_back(painter.masks(showcase.pairs, rule));
  }
  std::vector<FigurePanel> panels;
  if (!showcase.parameters.empty())
    panels.push_back(
        {"parameters", painter.draw(fmt::format("masks of each method under its parameters, rho = {}",
                                                percent(showcase.rules.front().rho)),
                                    parameters)});
  if (!showcase.methods.empty())
    panels.push_back({"methods", painter.draw("heat maps and masks of the methods", methods)});
  if (!showcase.pairs.empty())
    panels.push_back({"pairs", painter.draw("masks on which methods agree", pairs)});
  return panels;
}

}  // namespace assay
