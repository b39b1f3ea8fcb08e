#include "harness/vision/vision.h"

#include <ATen/record_function.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "harness/core/error.h"
#include "harness/core/seed.h"

namespace assay {
namespace {

Tensor as_planes(const Tensor& maps) {  // [...,H,W] -> [1,M,H,W]
  return maps.reshape({1, -1, maps.size(-2), maps.size(-1)});
}

/// Indices that extend a line of `n` by `margin` on both sides: reflected about its end points, as often as
/// needed.
Tensor reflected_indices(std::int64_t n, std::int64_t margin, at::Device device) {
  std::vector<std::int64_t> indices;
  const std::int64_t period = std::max<std::int64_t>(2 * (n - 1), 1);
  for (std::int64_t i = -margin; i < n + margin; ++i) {
    const std::int64_t phase = ((i % period) + period) % period;
    indices.push_back(std::min(phase, period - phase) % n);
  }
  return at::tensor(indices, at::kLong).to(device);
}

/// One 1-D kernel along the rows, another along the columns of [N,C,H,W].
Tensor separable(const Tensor& images, const std::vector<double>& along_y,
                 const std::vector<double>& along_x) {
  ASSAY_ASSERT(images.dim() == 4 && at::isFloatingType(images.scalar_type()));
  const auto margin_y = static_cast<std::int64_t>(along_y.size() / 2);
  const auto margin_x = static_cast<std::int64_t>(along_x.size() / 2);
  const Tensor planes = images.reshape({-1, 1, images.size(2), images.size(3)});
  const Tensor padded = planes.index_select(2, reflected_indices(images.size(2), margin_y, images.device()))
                            .index_select(3, reflected_indices(images.size(3), margin_x, images.device()));
  const Tensor column = at::tensor(along_y, at::kDouble).to(images.options()).view({1, 1, -1, 1});
  const Tensor row = at::tensor(along_x, at::kDouble).to(images.options()).view({1, 1, 1, -1});
  return at::conv2d(at::conv2d(padded, column), row).reshape(images.sizes());
}

std::vector<double> gaussian_kernel(std::int64_t size, double sigma) {
  std::vector<double> kernel;
  double sum = 0;
  for (std::int64_t i = 0; i < size; ++i) {
    const double x = static_cast<double>(i) - static_cast<double>(size - 1) / 2;
    kernel.push_back(std::exp(-x * x / (2 * sigma * sigma)));
    sum += kernel.back();
  }
  for (double& weight : kernel) weight /= sum;
  return kernel;
}

std::int64_t mask_size(std::int64_t pixels, double rho) {
  const auto wanted = static_cast<std::int64_t>(std::floor(rho * static_cast<double>(pixels) + 0.5));
  return std::clamp<std::int64_t>(wanted, 0, pixels);
}

/// The mask of the first `count` places of `values` [N] in descending order, earlier places first among
/// equals.
Tensor first_places(const Tensor& values, std::int64_t count) {
  const Tensor order = std::get<1>(at::sort(values, /*stable=*/true, /*dim=*/0, /*descending=*/true));
  Tensor mask = at::zeros(values.sizes(), values.options().dtype(at::kBool));
  mask.index_fill_(0, order.narrow(0, 0, count), true);
  return mask;
}

}  // namespace

Tensor gaussian_blur(const Tensor& images, std::int64_t size, double sigma) {
  ASSAY_ASSERT(size > 0 && size % 2 == 1 && sigma > 0);
  const std::vector<double> kernel = gaussian_kernel(size, sigma);
  return separable(images, kernel, kernel);
}

Tensor gaussian_blur(const Tensor& images, double sigma) {
  if (sigma == 0) return images;
  return gaussian_blur(images, 2 * static_cast<std::int64_t>(std::ceil(3 * sigma)) + 1, sigma);
}

Tensor box_blur(const Tensor& images, std::int64_t size) {
  ASSAY_ASSERT(size > 0 && size % 2 == 1);
  const std::vector<double> kernel(static_cast<std::size_t>(size), 1.0 / static_cast<double>(size));
  return separable(images, kernel, kernel);
}

double default_sigma(std::int64_t size) {
  return 0.3 * (static_cast<double>(size - 1) / 2 - 1) + 0.8;
}

Tensor dilate(const Tensor& maps, std::int64_t times) {
  RECORD_USER_SCOPE("dilate");
  if (times <= 0 || maps.numel() == 0) return maps.clone();
  const bool grey = at::isFloatingType(maps.scalar_type());
  const Tensor planes = as_planes(grey ? maps : maps.to(at::kFloat));
  const std::int64_t width = 2 * times + 1;
  const Tensor rows = at::max_pool2d(planes, {1, width}, {1, 1}, {0, times});
  const Tensor both = at::max_pool2d(rows, {width, 1}, {1, 1}, {times, 0});
  return both.reshape(maps.sizes()).to(maps.scalar_type());
}

Tensor resize_bicubic(const Tensor& maps, std::int64_t height, std::int64_t width) {
  ASSAY_ASSERT(at::isFloatingType(maps.scalar_type()));
  std::vector<std::int64_t> shape = maps.sizes().vec();
  shape[shape.size() - 2] = height;
  shape[shape.size() - 1] = width;
  return at::upsample_bicubic2d(as_planes(maps), {height, width}, /*align_corners=*/false).reshape(shape);
}

Tensor resize_bilinear(const Tensor& maps, std::int64_t height, std::int64_t width) {
  ASSAY_ASSERT(at::isFloatingType(maps.scalar_type()));
  std::vector<std::int64_t> shape = maps.sizes().vec();
  shape[shape.size() - 2] = height;
  shape[shape.size() - 1] = width;
  std::vector<Tensor> resized;
  for (const Tensor& plane : as_planes(maps).flatten(0, 1).unbind())
    resized.push_back(
        at::upsample_bilinear2d(plane.unsqueeze(0).unsqueeze(0), {height, width}, /*align_corners=*/false));
  return resized.empty() ? at::empty(shape, maps.options()) : at::cat(resized).reshape(shape);
}

Tensor min_max(const Tensor& maps) {
  const Tensor values = maps.to(at::kDouble);
  const Tensor low = values.amin({-2, -1}, /*keepdim=*/true);
  const Tensor range = values.amax({-2, -1}, /*keepdim=*/true) - low;
  const Tensor scaled = (values - low) / at::where(range == 0, at::ones_like(range), range);
  return scaled.to(at::kFloat);
}

Tensor top_mask(const Tensor& map, double rho) {
  ASSAY_ASSERT(map.dim() == 2);
  return first_places(map.reshape({-1}), mask_size(map.numel(), rho)).view(map.sizes());
}

Tensor top_mask_random_ties(const Tensor& map, double rho, std::uint64_t seed) {
  ASSAY_ASSERT(map.dim() == 2);
  std::vector<std::int64_t> places(static_cast<std::size_t>(map.numel()));
  for (std::size_t i = 0; i < places.size(); ++i) places[i] = static_cast<std::int64_t>(i);
  Random random(seed);
  for (std::size_t i = places.size(); i > 1; --i) std::swap(places[i - 1], places[random.below(i)]);
  const Tensor order = at::tensor(places, at::kLong).to(map.device());
  const Tensor shuffled = first_places(map.reshape({-1}).index_select(0, order), mask_size(map.numel(), rho));
  Tensor mask = at::zeros_like(shuffled);
  mask.index_copy_(0, order, shuffled);
  return mask.view(map.sizes());
}

Tensor authors_mask(const Tensor& map, double rho) {
  ASSAY_ASSERT(map.dim() == 2);
  const Tensor ascending = std::get<0>(at::sort(map.reshape({-1})));
  const double place = std::floor(std::min(1 - rho, 0.9) * static_cast<double>(map.numel()));
  return map >= ascending[std::max<std::int64_t>(static_cast<std::int64_t>(place), 0)];
}

Tensor sobel(const Tensor& pixels) {
  const Tensor grey = pixels.to(at::kFloat).mean(1, /*keepdim=*/true);
  const std::vector<double> smooth{1, 2, 1}, slope{-1, 0, 1};
  return at::hypot(separable(grey, smooth, slope), separable(grey, slope, smooth)).squeeze(1);
}

}  // namespace assay
