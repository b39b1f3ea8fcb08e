#pragma once

#include <functional>
#include <span>
#include <vector>

#include "harness/network/subject.h"

namespace assay {

/// The queries on one image, and where each stands among all.
struct ImageQueries {
  std::int64_t image = 0;
  std::vector<Query> queries;
  std::vector<std::int64_t> places;

  std::vector<std::int64_t> targets() const;
};

/// Calls `explain` once for each image, so that its classes share what does not depend on the class. It
/// returns one row a query of the image, [q,...]; the result holds them in the order of `queries` (not
/// empty), [Q,...].
Tensor image_by_image(std::span<const Query> queries,
                      const std::function<Tensor(const ImageQueries& one)>& explain);

}  // namespace assay
