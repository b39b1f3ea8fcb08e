#include "harness/network/cuts.h"

#include <ATen/TensorIndexing.h>
#include <ATen/record_function.h>

#include "harness/network/blocked.h"
#include "harness/network/kernels.h"
#include "harness/network/parallel.h"
#include "harness/network/pooling.h"

namespace assay {
namespace {

using at::indexing::Slice;

CutSide side_of_cut(const Tensor& base, const Cuts& changed, const Cuts& wanted, int side,
                    std::int64_t image) {
  CutSide cut{.size = base.size(2 + side), .first = wanted.first[side][image], .count = wanted.size[side]};
  if (changed.size[side] > 0)
    cut.changed_first = changed.first[side][image], cut.changed_count = changed.size[side];
  return cut;
}

Tensor cut_by_kernel(const Tensor& base, const Tensor& values, const Cuts& changed, const Cuts& wanted,
                     float fill) {
  const auto images = static_cast<std::int64_t>(wanted.first[0].size());
  const std::int64_t channels = base.size(1), plane = base.size(2) * base.size(3);
  const std::int64_t apart = base.size(0) > 1 ? channels * plane : 0;
  const std::int64_t part = changed.size[0] * changed.size[1], count = wanted.size[0] * wanted.size[1];
  Tensor result = at::empty({images, channels, wanted.size[0], wanted.size[1]}, base.options());
  const float* from = base.data_ptr<float>();
  const float* pasted = values.defined() ? values.data_ptr<float>() : nullptr;
  float* to = result.data_ptr<float>();
  in_parallel(images, grain_of(channels * count), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t image = begin; image < end; ++image) {
      const CutSide rows = side_of_cut(base, changed, wanted, 0, image),
                    columns = side_of_cut(base, changed, wanted, 1, image);
      for (std::int64_t i = image * channels, c = 0; c < channels; ++i, ++c)
        cut_plane(from + image * apart + c * plane, pasted ? pasted + i * part : nullptr, to + i * count,
                  rows, columns, fill);
    }
  });
  return result;
}

/// Along one side, [n,count]: where each row of the cuts lies, counted from `origin`, and whether that is one
/// of `size`.
struct Places {
  Tensor index, inside;
};

Places places(const Cuts& wanted, int side, const Tensor& origin, std::int64_t size) {
  const Tensor first = at::tensor(wanted.first[side]).to(origin.device());
  const Tensor row =
      (first - origin).unsqueeze(1) + at::arange(wanted.size[side], first.options()).unsqueeze(0);
  return {row.clamp(0, size - 1), (row >= 0).logical_and(row < size)};
}

/// [n,1,rows,columns]
Tensor both_inside(const Places& rows, const Places& columns) {
  return rows.inside.unsqueeze(2).logical_and(columns.inside.unsqueeze(1)).unsqueeze(1);
}

Tensor cut_by_operators(const Tensor& base, const Tensor& values, const Cuts& changed, const Cuts& wanted,
                        double fill) {
  const auto images = static_cast<std::int64_t>(wanted.first[0].size());
  const Tensor zero = at::zeros({images}, base.options().dtype(at::kLong));
  const Places rows = places(wanted, 0, zero, base.size(2)), columns = places(wanted, 1, zero, base.size(3));
  const Tensor image = at::arange(images, zero.options()).view({-1, 1, 1});
  const Tensor source = base.size(0) > 1 ? image : at::zeros_like(image);
  const Tensor maps = base.index({source, Slice(), rows.index.unsqueeze(2), columns.index.unsqueeze(1)})
                          .permute({0, 3, 1, 2})
                          .masked_fill(both_inside(rows, columns).logical_not(), fill);
  if (!values.defined()) return maps.contiguous();
  const auto origin = [&](int side) { return at::tensor(changed.first[side]).to(base.device()); };
  const Places part_rows = places(wanted, 0, origin(0), changed.size[0]),
               part_columns = places(wanted, 1, origin(1), changed.size[1]);
  const Tensor part =
      values.index({image, Slice(), part_rows.index.unsqueeze(2), part_columns.index.unsqueeze(1)})
          .permute({0, 3, 1, 2});
  return at::where(both_inside(part_rows, part_columns), part, maps).contiguous();
}

/// Columns of a blocked map as columns of single values.
Cuts widened(Cuts cuts, std::int64_t block) {
  cuts.size[1] *= block;
  for (std::int64_t& first : cuts.first[1]) first *= block;
  return cuts;
}

Tensor cut_blocks(const Tensor& base, const Tensor& values, const Cuts& changed, const Cuts& wanted,
                  double fill) {
  const std::int64_t block = base.size(4);
  const Tensor rows = values.defined() ? values.flatten(3) : values;
  return cut(base.flatten(3), rows, widened(changed, block), widened(wanted, block), fill)
      .unflatten(3, {wanted.size[1], block});
}

}  // namespace

Tensor cut(const Tensor& base, const Tensor& values, const Cuts& changed, const Cuts& wanted, double fill) {
  if (is_blocked(base)) return cut_blocks(base, values, changed, wanted, fill);
  RECORD_USER_SCOPE("cut");
  if (suits_kernels(base) && (!values.defined() || suits_kernels(values)))
    return cut_by_kernel(base, values, changed, wanted, static_cast<float>(fill));
  return cut_by_operators(base, values, changed, wanted, fill);
}

Tensor cut(const Tensor& base, const Cuts& wanted, double fill) {
  return cut(base, Tensor(), Cuts{}, wanted, fill);
}

void paste(const Tensor& base, const Tensor& values, const Cuts& changed) {
  base.narrow(2, changed.first[0][0], changed.size[0])
      .narrow(3, changed.first[1][0], changed.size[1])
      .copy_(values);
}

}  // namespace assay
