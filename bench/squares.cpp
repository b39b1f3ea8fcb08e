#include "bench/squares.h"

#include <map>

namespace assay::bench {

std::vector<Square> squares_on_grid(const Network& network, std::int64_t size, std::int64_t stride) {
  const Preprocess& p = network.preprocess();
  std::vector<Square> squares;
  for (const Patch& patch : patch_positions(p.height, p.width, size, stride, /*overhang=*/true))
    squares.push_back({patch.top > 0 ? patch.top : patch.bottom - size,
                       patch.left > 0 ? patch.left : patch.right - size, size});
  return squares;
}

std::vector<Square> squares_on_pixels(const Network& network, std::int64_t size, std::int64_t count) {
  const Preprocess& p = network.preprocess();
  std::vector<Square> squares;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t pixel = i * p.height * p.width / count;
    squares.push_back({pixel / p.width - size / 2, pixel % p.width - size / 2, size});
  }
  return squares;
}

Patch inside(const Square& square, const Network& network) {
  const Preprocess& p = network.preprocess();
  return {std::max<std::int64_t>(square.top, 0), std::max<std::int64_t>(square.left, 0),
          std::min(square.top + square.size, p.height), std::min(square.left + square.size, p.width)};
}

std::vector<Perturbation> perturbations(const Network& network, const std::vector<Square>& squares) {
  const Preprocess& p = network.preprocess();
  const Tensor grey = network.normalise(at::full({1, 3, p.height, p.width}, kGrey, at::kFloat))[0];
  std::map<std::int64_t, Tensor> wide;  // by size
  std::vector<Perturbation> result;
  for (const auto& [top, left, size] : squares) {
    Tensor& image = wide[size];
    if (!image.defined()) image = at::constant_pad_nd(grey, {size, size, size, size});
    result.push_back(
        {.top = top, .left = left, .pixels = image.narrow(1, top + size, size).narrow(2, left + size, size)});
  }
  return result;
}

FillBatch painted(const Network& network, const Tensor& pixels, const std::vector<Square>& squares) {
  return [&network, &pixels, &squares](std::int64_t first, const Tensor& batch) {
    batch.copy_(pixels);
    for (std::int64_t i = 0; i < batch.size(0); ++i) {
      const Patch patch = inside(squares[static_cast<std::size_t>(first + i)], network);
      batch[i]
          .narrow(1, patch.top, patch.bottom - patch.top)
          .narrow(2, patch.left, patch.right - patch.left)
          .fill_(kGrey);
    }
  };
}

}  // namespace assay::bench
