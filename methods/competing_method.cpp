#include "methods/competing_method.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "harness/core/error.h"
#include "harness/core/statistics.h"
#include "harness/network/summary.h"
#include "harness/network/tensor.h"
#include "harness/vision/vision.h"
#include "methods/shared_attribution.h"
#include "methods/wrapped_method.h"

namespace assay {
namespace {

/// As published: a coarse map, its channels summed, is enlarged before classes compete for its places.
Tensor at_input_size(const Tensor& raw, const View& view, const Subject& subject) {
  const std::int64_t height = subject.pixels().size(2), width = subject.pixels().size(3);
  if (raw.size(2) == height && raw.size(3) == width) return raw.to(at::kDouble);
  const auto resize = view.resize == "bilinear" ? resize_bilinear : resize_bicubic;
  return resize(raw.to(at::kDouble).sum(1, /*keepdim=*/true), height, width);
}

}  // namespace

/// The queries of one image that have the same rivals.
struct CompetingMethod::Contest {
  std::int64_t image = 0;
  std::vector<std::int64_t> rivals = {};             // ascending
  std::vector<std::size_t> queries = {};             // positions
  std::vector<std::vector<std::int64_t>> rows = {};  // by query: its classes among the rivals
};

/// Why a map that came out empty did, where magnitudes up to `largest` (NaN: of some that are not finite)
/// compete; "" when it did not.
std::string CompetingMethod::reason_of(double largest, const Outcome& outcome) const {
  if (!std::isfinite(largest)) return "attributions that compete are not finite";
  if (largest == 0) return "the attributions of all competing classes are 0";
  if (!outcome.survived.any().item<bool>()) return why_nothing_survives(largest);
  return (outcome.map > 0).any().item<bool>() ? "" : "what survives the competition speaks against the class";
}

/// By query.
struct CompetingMethod::Results {
  std::vector<Tensor> maps;  // [C,h,w], undefined where there is none
  std::vector<std::string> reasons;
  std::vector<double> surviving;
  std::map<std::string, Figure> of_base;  // by name
};

CompetingMethod::CompetingMethod(Params& params)
    : competition_(params),
      base_(read_wrapped(params, Competition::keys(), "the method whose attributions compete", "compete",
                         base_words_)) {}

std::optional<std::string> CompetingMethod::unsupported(const Network& network) const {
  if (const auto problem = competition_.problem(network)) return problem;
  return base_->unsupported(network);
}

std::vector<CompetingMethod::Contest> CompetingMethod::contests(Subject& subject,
                                                                std::span<const Query> queries,
                                                                std::vector<std::string>& reasons) const {
  std::vector<Contest> found;
  for (std::size_t q = 0; q < queries.size(); ++q) {
    const Asked asked = this->asked(subject, queries[q]);
    reasons[q] = asked.reason;
    if (!asked.reason.empty()) continue;
    const std::vector<std::int64_t> rivals = competition_.rivals(subject, queries[q].image, asked.classes);
    if (rivals.empty()) {
      reasons[q] =
          "classes: grid needs to know the classes on the image, and it has no regions of any; "
          "set classes: top-k, or a list";
      continue;
    }
    const auto same = [&](const Contest& one) {
      return one.image == queries[q].image && one.rivals == rivals;
    };
    auto contest = std::ranges::find_if(found, same);
    if (contest == found.end())
      contest = found.insert(found.end(), Contest{.image = queries[q].image, .rivals = rivals});
    contest->queries.push_back(q);
    std::vector<std::int64_t>& rows = contest->rows.emplace_back();
    for (const std::int64_t one : asked.classes)
      rows.push_back(std::ranges::find(rivals, one) - rivals.begin());
  }
  return found;
}

void CompetingMethod::hold(Subject& subject, const Contest& contest, Results& results) const {
  const Attribution& found = shared_attribution(subject, *base_, base_words_, contest.image, contest.rivals);
  const Tensor raw = at_input_size(found.raw, base_->view(), subject), shares = competition_.shares(raw),
               passes = competition_.passes(shares);
  const double largest = raw.abs().max().item<double>();
  for (std::size_t i = 0; i < contest.queries.size(); ++i) {
    const std::size_t q = contest.queries[i];
    const std::int64_t own = contest.rows[i].front();
    const Outcome outcome = decide(raw, shares, passes, contest.rows[i]);
    results.maps[q] = outcome.map;
    results.surviving[q] = outcome.survived.any(0).to(at::kDouble).mean().item<double>();
    results.reasons[q] = reason_of(largest, outcome);
    for (const Figure& figure : found.figures) {
      Figure& kept = results.of_base[figure.name];
      if (!kept.values.defined())
        kept = {figure.name, figure.unit, at::full({std::ssize(results.maps)}, kNaN, at::kDouble)};
      kept.values[static_cast<std::int64_t>(q)] = figure.values[own].item<double>();
    }
  }
}

Attribution CompetingMethod::attribute(Subject& subject, std::span<const Query> queries) const {
  Results results{.maps = std::vector<Tensor>(queries.size()),
                  .reasons = std::vector<std::string>(queries.size()),
                  .surviving = std::vector<double>(queries.size(), kNaN),
                  .of_base = {}};
  for (const Contest& contest : contests(subject, queries, results.reasons)) hold(subject, contest, results);
  const auto made = std::ranges::find_if(results.maps, [](const Tensor& map) { return map.defined(); });
  const Tensor none =
      made == results.maps.end() ? at::full({1, 1, 1}, kNaN, at::kDouble) : at::full_like(*made, kNaN);
  for (Tensor& map : results.maps)
    if (!map.defined()) map = none;
  Attribution all{.raw = at::stack(results.maps),
                  .figures = {{"surviving", "1", at::tensor(results.surviving, at::kDouble)}},
                  .reasons = std::move(results.reasons)};
  for (const auto& [name, figure] : results.of_base) all.figures.push_back(figure);
  return all;
}

View CompetingMethod::view() const {
  View view;
  view.reduce = "sum-positive";
  return view;
}

Cost CompetingMethod::price(const Network& network) const {
  const Cost base = base_->price(network);
  if (!base_->shared_work().empty()) return base;
  Cost cost = base * competition_.expected();
  if (competition_.predicts()) cost += cost_of_passes(network, 1);
  return cost;
}

std::string CompetingMethod::shared_work() const {
  return base_->shared_work().empty() ? base_words_ + " of rivals" : base_->shared_work();
}

std::vector<std::string> CompetingMethod::layer_keys() const {
  return base_->layer_keys();
}

bool CompetingMethod::uses_seed() const {
  return base_->uses_seed();
}

int CompetingMethod::version() const {
  constexpr int kOwnVersion = 1;
  return 100 * base_->version() + kOwnVersion;
}

std::string CompetingMethod::note(const Network& network) const {
  return base_->note(network);
}

}  // namespace assay
