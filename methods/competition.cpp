#include "methods/competition.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "harness/core/error.h"
#include "harness/network/tensor.h"

namespace assay {
namespace {

constexpr std::array<std::string_view, 8> kCompetitionKeys{"of",  "classes",     "k",   "form",
                                                           "tau", "temperature", "abs", "common_scale"};
constexpr std::int64_t kClassesOfAGrid = 4;

bool holds_class(std::span<const std::int64_t> list, std::int64_t value) {
  return std::ranges::find(list, value) != list.end();
}

/// `first`, then the rest of `list`; each once.
std::vector<std::int64_t> with_first(std::span<const std::int64_t> first,
                                     std::span<const std::int64_t> list) {
  std::vector<std::int64_t> together;
  for (const auto& part : {first, list})
    for (const std::int64_t value : part)
      if (!holds_class(together, value)) together.push_back(value);
  return together;
}

/// The published temperature of a form: what multiplies, or divides in the form of that name.
std::vector<double> usual_temperatures(const std::string& form) {
  if (form == "temperatures") return {1, 5, 100};
  return {form == "page" ? 1.0 : 10.0};
}

}  // namespace

std::span<const std::string_view> Competition::keys() {
  return kCompetitionKeys;
}

Competition::Competition(Params& params) {
  constexpr std::string_view kClasses = "the classes that compete: this, or a list of output indices";
  if (params.has("classes") && params.values().at("classes").is_array()) {
    source_ = Source::list;
    for (const int one : params.get<std::vector<int>>("classes", {}, kClasses)) listed_.push_back(one);
    if (listed_.empty()) params.fail("classes", "needs at least one");
  } else if (params.choice("classes", "grid", {"grid", "top-k"}, kClasses) == "top-k") {
    source_ = Source::top;
  }
  k_ = positive(params, "k", 2, "most probable classes that compete, beside the least probable one (top-k)");
  const std::string form = params.choice("form", "scaled", {"page", "code", "temperatures", "scaled"},
                                         "a published form, or code on a common scale and with signs: gives "
                                         "the defaults of the other keys");
  const bool divides = form == "temperatures", scaled = form == "scaled";
  tau_ = params.get("tau", scaled || form == "code" ? 0.01 : 0.005, "by how much a share must exceed 1/K");
  const auto temperatures = params.get<std::vector<double>>(
      "temperature", usual_temperatures(form),
      "factor before the softmax; form temperatures: divisors, averaged over");
  abs_ = params.get("abs", form == "code", "magnitudes compete, not signed values");
  common_scale_ = params.get("common_scale", divides || scaled,
                             "attributions are divided by the largest magnitude of all classes first");
  if (temperatures.empty() || (!divides && temperatures.size() != 1))
    params.fail("temperature", divides ? "needs at least one" : "takes one number in this form");
  if (!(tau_ >= 0 && tau_ < 1)) params.fail("tau", "must lie in 0..1, below 1");
  for (const double t : temperatures) {
    if (!(t > 0 && std::isfinite(t))) params.fail("temperature", "must be above 0");
    factors_.push_back(divides ? 1 / t : t);
  }
}

std::optional<std::string> Competition::problem(const Network& network) const {
  const std::int64_t outputs = listed_.empty() ? 0 : network.outputs();
  for (const std::int64_t one : listed_)
    if (one < 0 || one >= outputs)
      return fmt::format("classes: {} is not an output of the network, which has {}", one, outputs);
  return std::nullopt;
}

std::vector<std::int64_t> Competition::most_probable(Subject& subject, std::int64_t image) const {
  const Tensor logits = subject.logits(image);
  const Tensor order = std::get<1>(at::sort(logits, /*stable=*/true, /*dim=*/0, /*descending=*/true));
  std::vector<std::int64_t> best;
  for (std::int64_t i = 0; i < std::min(k_, logits.size(0)); ++i)
    best.push_back(order[i].item<std::int64_t>());
  const std::vector<std::int64_t> least{logits.argmin().item<std::int64_t>()};
  return with_first(best, least);
}

std::vector<std::int64_t> Competition::rivals(Subject& subject, std::int64_t image,
                                              std::span<const std::int64_t> wanted) const {
  std::vector<std::int64_t> list = listed_;
  if (source_ == Source::grid) {
    const auto known = subject.classes_on(image);
    if (known.empty()) return {};
    list.assign(known.begin(), known.end());
  }
  if (source_ == Source::top) list = most_probable(subject, image);
  const bool has_all = std::ranges::all_of(wanted, [&](std::int64_t one) { return holds_class(list, one); });
  if (!has_all) {
    list = with_first(wanted, list);
    const auto most = std::max(static_cast<std::size_t>(k_) + 1, wanted.size());
    if (source_ == Source::top && list.size() > most) list.resize(most);
  }
  list = with_first(list, {});
  std::ranges::sort(list);
  return list;
}

Tensor Competition::shares(const Tensor& raw) const {
  Tensor strength = raw.to(at::kDouble);
  if (common_scale_) {
    const Tensor largest = strength.abs().max();
    strength = at::where(largest > 0, strength / largest, strength);
  }
  if (abs_) strength = strength.abs();
  Tensor sum = at::zeros_like(strength);
  for (const double factor : factors_) sum = sum + (factor * strength).softmax(0);
  return sum / static_cast<double>(factors_.size());
}

Tensor Competition::passes(const Tensor& shares) const {
  const auto classes = static_cast<double>(shares.size(0));
  if (shares.size(0) == 1) return at::ones_like(shares, at::kBool);
  return shares - 1 / classes > tau_;
}

std::int64_t Competition::expected() const {
  switch (source_) {
    case Source::grid:
      return kClassesOfAGrid;
    case Source::top:
      return k_ + 1;
    case Source::list:
      return std::ssize(listed_);
  }
  ASSAY_ASSERT(!"a source without a count");
}

}  // namespace assay
