#include <opencv2/imgproc.hpp>

#include "harness/core/error.h"
#include "harness/figures/mat.h"
#include "harness/figures/panel.h"
#include "harness/network/tensor.h"

namespace assay {
namespace {

constexpr double kDimmed = 0.3;                       // light that is left where a mask hides
constexpr std::array<double, 3> kLine{255, 214, 10};  // RGB
constexpr std::array<double, 3> kObject{0, 230, 255};

Tensor bytes_of(const Tensor& values) {
  return values.round().clamp(0, 255).to(at::kByte).contiguous();
}

/// Mask [H,W] shifted by (dy, dx); what comes in from beyond the border counts as mask.
Tensor shifted(const Tensor& mask, std::int64_t dy, std::int64_t dx) {
  const std::int64_t h = mask.size(0), w = mask.size(1);
  return at::constant_pad_nd(mask, {1, 1, 1, 1}, true)
      .slice(0, 1 + dy, 1 + dy + h)
      .slice(1, 1 + dx, 1 + dx + w);
}

Tensor inner_edge(const Tensor& mask) {
  const Tensor interior =
      shifted(mask, -1, 0) & shifted(mask, 1, 0) & shifted(mask, 0, -1) & shifted(mask, 0, 1);
  return mask & ~interior;
}

/// [H,W,...], each pixel repeated.
Tensor repeated(const Tensor& plane, std::int64_t factor) {
  return plane.repeat_interleave(factor, 0).repeat_interleave(factor, 1).contiguous();
}

/// How often a small picture's pixels are repeated, so that a line is thin.
std::int64_t enlargement(std::int64_t side) {
  constexpr std::int64_t kSmall = 128, kEnlarged = 256;
  return side < kSmall ? kEnlarged / side : 1;
}

Tensor with_line(const Tensor& picture, const Tensor& where, const std::array<double, 3>& colour) {
  const Tensor line = at::tensor(at::ArrayRef<double>(colour.data(), colour.size()));
  return bytes_of(at::where(where.unsqueeze(2), line, picture.to(at::kDouble)));
}

}  // namespace

cv::Mat mat_of(const Tensor& picture) {
  ASSAY_ASSERT(picture.scalar_type() == at::kByte && picture.is_contiguous() && picture.device().is_cpu());
  const int type = picture.dim() == 3 ? CV_8UC3 : CV_8UC1;
  return {static_cast<int>(picture.size(0)), static_cast<int>(picture.size(1)), type, picture.data_ptr()};
}

Tensor tensor_of(const cv::Mat& mat) {
  ASSAY_ASSERT(mat.type() == CV_8UC3 && mat.isContinuous());
  return at::from_blob(mat.data, {mat.rows, mat.cols, 3}, at::TensorOptions().dtype(at::kByte)).clone();
}

cv::Mat heat_colours(const cv::Mat& values) {
  cv::Mat colours;
  cv::applyColorMap(values, colours, cv::COLORMAP_INFERNO);
  cv::cvtColor(colours, colours, cv::COLOR_BGR2RGB);
  return colours;
}

Tensor picture_of(const Tensor& pixels, bool bgr) {
  const Tensor planes = pixels.to(at::kCPU, at::kFloat);
  return bytes_of((bgr ? planes.flip({0}) : planes).permute({1, 2, 0}));
}

Tensor heat_overlay(const Tensor& picture, const Tensor& map, double opacity) {
  ASSAY_ASSERT(map.sizes() == picture.sizes().slice(0, 2));
  const Tensor values = bytes_of(map.to(at::kCPU, at::kFloat).nan_to_num(0) * 255);
  const Tensor colours = tensor_of(heat_colours(mat_of(values))).to(at::kFloat);
  cv::Mat grey;
  cv::cvtColor(mat_of(picture), grey, cv::COLOR_RGB2GRAY);
  cv::cvtColor(grey, grey, cv::COLOR_GRAY2RGB);
  return bytes_of(colours * opacity + tensor_of(grey).to(at::kFloat) * (1 - opacity));
}

Tensor mask_overlay(const Tensor& picture, const Tensor& mask) {
  ASSAY_ASSERT(mask.sizes() == picture.sizes().slice(0, 2));
  const std::int64_t factor = enlargement(std::min(mask.size(0), mask.size(1)));
  const Tensor inside = repeated(mask.to(at::kCPU, at::kBool), factor);
  const Tensor light = at::where(inside, 1.0, kDimmed).unsqueeze(2);
  return with_line(repeated(picture, factor).to(at::kDouble) * light, inner_edge(inside), kLine);
}

Tensor outlined(const Tensor& picture, const Tensor& region) {
  const std::int64_t side = std::min(region.size(0), region.size(1)),
                     given = picture.size(0) / region.size(0);
  const std::int64_t factor = std::max(given, enlargement(side));
  const Tensor inside = repeated(region.to(at::kCPU, at::kBool), factor);
  return with_line(repeated(picture, factor / given), inner_edge(~inside), kObject);
}

}  // namespace assay
