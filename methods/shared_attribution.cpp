#include "methods/shared_attribution.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "harness/core/error.h"
#include "harness/core/statistics.h"
#include "harness/network/tensor.h"

namespace assay {
namespace {

std::vector<Query> queries_of(std::int64_t image, const std::vector<std::int64_t>& classes) {
  std::vector<Query> queries;
  for (const std::int64_t one : classes) queries.push_back({image, one});
  return queries;
}

/// Rows of what is found, put where their queries stand.
class AttributionRows {
 public:
  explicit AttributionRows(std::size_t queries) : rows_(queries), reasons_(queries) {}

  void take(const Attribution& found, std::int64_t from, std::size_t query) {
    rows_[query] = found.raw[from];
    if (!found.reasons.empty()) reasons_[query] = found.reasons.at(static_cast<std::size_t>(from));
    for (const Figure& figure : found.figures) {
      auto mine = std::ranges::find(figures_, figure.name, &Figure::name);
      if (mine == figures_.end())
        mine = figures_.insert(mine,
                               {figure.name, figure.unit, at::full({std::ssize(rows_)}, kNaN, at::kDouble)});
      mine->values[static_cast<std::int64_t>(query)] = figure.values[from];
    }
  }

  /// Where a method has no map for some images, their rows are NaN, of whatever shape: here of the others'.
  Attribution finish() && {
    const Tensor& largest =
        *std::ranges::max_element(rows_, {}, [](const Tensor& row) { return row.numel(); });
    for (Tensor& row : rows_)
      if (row.sizes() != largest.sizes() && at::isnan(row).all().item<bool>())
        row = at::full_like(largest, kNaN);
    return {.raw = at::stack(rows_), .figures = std::move(figures_), .reasons = std::move(reasons_)};
  }

 private:
  std::vector<Tensor> rows_;
  std::vector<std::string> reasons_;
  std::vector<Figure> figures_;
};

Attribution attribute_checked(Subject& subject, const Method& method, std::int64_t image,
                              const std::vector<std::int64_t>& classes) {
  Attribution found = method.attribute(subject, queries_of(image, classes));
  if (!found.raw.defined()) throw DataError("no attribution");
  if (found.raw.dim() != 4 || found.raw.size(0) != std::ssize(classes) || found.raw.numel() == 0)
    throw DataError(fmt::format("attribution of {} queries has {} dimensions and {} values", classes.size(),
                                found.raw.dim(), found.raw.numel()));
  return found;
}

}  // namespace

std::string words_of(const std::string& name, const Json& parameters) {
  return name + " " + parameters.dump();
}

const Attribution& shared_attribution(Subject& subject, const Method& method, const std::string& words,
                                      std::int64_t image, const std::vector<std::int64_t>& classes) {
  const std::string key = fmt::format("{} of image {}, classes {}", words, image, fmt::join(classes, ","));
  return subject.shared<Attribution>(key, [&] { return attribute_checked(subject, method, image, classes); });
}

Attribution attribute_by_image(Subject& subject, const Method& method, std::span<const Query> queries,
                               const std::string& words) {
  std::map<std::int64_t, std::vector<std::int64_t>> classes;  // by image
  for (const Query& query : queries) classes[query.image].push_back(query.target);
  AttributionRows rows(queries.size());
  for (auto& [image, its] : classes) {
    std::ranges::sort(its);
    its.erase(std::ranges::unique(its).begin(), its.end());
    Attribution own;
    if (words.empty()) own = attribute_checked(subject, method, image, its);
    const Attribution& found = words.empty() ? own : shared_attribution(subject, method, words, image, its);
    for (std::size_t q = 0; q < queries.size(); ++q)
      if (queries[q].image == image)
        rows.take(found, std::ranges::find(its, queries[q].target) - its.begin(), q);
  }
  return std::move(rows).finish();
}

}  // namespace assay
