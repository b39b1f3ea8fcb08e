#include "methods/by_image.h"

#include <algorithm>

#include "harness/core/error.h"
#include "harness/network/tensor.h"

namespace assay {
namespace {

/// In the order in which the images first appear.
std::vector<ImageQueries> grouped(std::span<const Query> queries) {
  std::vector<ImageQueries> groups;
  for (std::size_t place = 0; place < queries.size(); ++place) {
    const Query& query = queries[place];
    auto group = std::ranges::find(groups, query.image, &ImageQueries::image);
    if (group == groups.end()) group = groups.insert(group, ImageQueries{query.image, {}, {}});
    group->queries.push_back(query);
    group->places.push_back(static_cast<std::int64_t>(place));
  }
  return groups;
}

}  // namespace

std::vector<std::int64_t> ImageQueries::targets() const {
  std::vector<std::int64_t> targets;
  for (const Query& query : queries) targets.push_back(query.target);
  return targets;
}

Tensor image_by_image(std::span<const Query> queries,
                      const std::function<Tensor(const ImageQueries& one)>& explain) {
  std::vector<Tensor> rows(queries.size());
  for (const ImageQueries& one : grouped(queries)) {
    const Tensor found = explain(one);
    ASSAY_ASSERT(found.size(0) == std::ssize(one.places));
    for (std::size_t i = 0; i < one.places.size(); ++i)
      rows[static_cast<std::size_t>(one.places[i])] = found[static_cast<std::int64_t>(i)];
  }
  return at::stack(rows);
}

}  // namespace assay
