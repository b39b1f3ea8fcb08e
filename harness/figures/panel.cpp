#include "harness/figures/panel.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "harness/core/error.h"
#include "harness/figures/mat.h"
#include "harness/figures/text.h"
#include "harness/network/tensor.h"

namespace assay {
namespace {

const Font kHeading{0.75, 1, 32, {0, 0, 0}};
const Font kTitle{0.6, 1, 26, {0, 0, 0}};
const Font kCaption{0.5, 1, 21, {70, 70, 70}};
constexpr int kBar = 12;  // px, height of the legend's bar
constexpr int kGap = 6;   // px, between a picture and what is under it

/// A tile that is ready to be drawn.
struct Block {
  cv::Mat picture;
  std::vector<std::string> title, caption;
  bool legend = false;

  int height_above() const { return static_cast<int>(title.size()) * kTitle.leading; }
  int height_below() const {
    return kGap + (legend ? kBar + kCaption.leading : 0) +
           static_cast<int>(caption.size()) * kCaption.leading;
  }
};

cv::Mat scaled_to(const cv::Mat& picture, int width) {
  constexpr int kSmall = 128;
  const int height = std::max(1, cvRound(static_cast<double>(picture.rows) * width / picture.cols));
  cv::Mat result;
  cv::resize(picture, result, {width, height}, 0, 0,
             picture.cols < kSmall ? cv::INTER_NEAREST : cv::INTER_CUBIC);
  return result;
}

Block block_of(const Tile& tile, int width) {
  if (!tile.picture.defined()) return {};
  Block block{scaled_to(mat_of(tile.picture), width), wrap(tile.title, kTitle, width), {}, tile.legend};
  for (const std::string& line : tile.lines)
    for (std::string& part : wrap(line, kCaption, width)) block.caption.push_back(std::move(part));
  return block;
}

/// Heights that the blocks of a row share, so that their pictures stand on one line.
struct Row {
  std::span<const Block> blocks;
  int above = 0, picture = 0, below = 0;
  int height() const { return above + picture + below; }
};

std::vector<Row> rows_of(std::span<const Block> blocks, std::size_t columns) {
  std::vector<Row> rows;
  for (std::size_t first = 0; first < blocks.size(); first += columns) {
    Row row{blocks.subspan(first, std::min(columns, blocks.size() - first))};
    for (const Block& block : row.blocks) {
      row.above = std::max(row.above, block.height_above());
      row.picture = std::max(row.picture, block.picture.rows);
      row.below = std::max(row.below, block.height_below());
    }
    rows.push_back(row);
  }
  return rows;
}

void draw_legend(cv::Mat& canvas, int x, int y, int width) {
  cv::Mat ramp(1, 256, CV_8UC1), bar;
  for (int i = 0; i < 256; ++i) ramp.at<unsigned char>(0, i) = static_cast<unsigned char>(i);
  cv::resize(heat_colours(ramp), bar, {width, kBar}, 0, 0, cv::INTER_LINEAR);
  bar.copyTo(canvas(cv::Rect({x, y}, bar.size())));
  write_lines(canvas, {"0"}, kCaption, x, y + kBar);
  write_lines(canvas, {"1"}, kCaption, x + width - text_width("1", kCaption), y + kBar);
}

void draw_block(cv::Mat& canvas, const Block& block, const Row& row, int x, int y) {
  if (block.picture.empty()) return;
  write_lines(canvas, block.title, kTitle, x, y);
  y += row.above;
  block.picture.copyTo(canvas(cv::Rect({x, y}, block.picture.size())));
  y += row.picture + kGap;
  if (block.legend) {
    draw_legend(canvas, x, y, block.picture.cols);
    y += kBar + kCaption.leading;
  }
  write_lines(canvas, block.caption, kCaption, x, y);
}

}  // namespace

Tensor panel(const std::string& heading, std::span<const Tile> tiles, const PanelStyle& style) {
  ASSAY_ASSERT(!tiles.empty() && style.columns > 0 && style.width > 0);
  const int columns = std::min(style.columns, static_cast<int>(tiles.size()));
  const int width = columns * (style.width + style.margin) + style.margin;
  const std::vector<std::string> headlines = wrap(heading, kHeading, width - 2 * style.margin);
  std::vector<Block> blocks;
  for (const Tile& tile : tiles) blocks.push_back(block_of(tile, style.width));
  const std::vector<Row> rows = rows_of(blocks, static_cast<std::size_t>(columns));

  int y = style.margin + static_cast<int>(headlines.size()) * kHeading.leading;
  if (!headlines.empty()) y += kGap;
  int height = y;
  for (const Row& row : rows) height += row.height() + style.margin;
  cv::Mat canvas(height, width, CV_8UC3, cv::Scalar::all(255));
  write_lines(canvas, headlines, kHeading, style.margin, style.margin);
  for (const Row& row : rows) {
    int x = style.margin;
    for (const Block& block : row.blocks) {
      draw_block(canvas, block, row, x, y);
      x += style.width + style.margin;
    }
    y += row.height() + style.margin;
  }
  return tensor_of(canvas);
}

void save_png(const Tensor& picture, const std::string& path) {
  cv::Mat bgr;
  cv::cvtColor(mat_of(picture), bgr, cv::COLOR_RGB2BGR);
  std::vector<unsigned char> bytes;
  cv::imencode(".png", bgr, bytes);
  std::ofstream stream(path, std::ios::binary);
  stream.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  stream.close();
  if (!stream) throw DataError(fmt::format("{}: the picture cannot be written", path));
}

}  // namespace assay
