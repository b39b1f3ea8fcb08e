#include "metrics/confidence_gain_scores.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

namespace assay {
namespace {

struct Field {
  Column column;
  double GainObservation::*value;
};

Field confidence(std::string name, double GainObservation::*value, std::string of) {
  const bool probability = name.starts_with("p_");
  const std::string kind = probability ? "softmax probability" : "share of the min-shifted logits";
  return {{std::move(name), "1", Better::neither, 0, 1, kind + " of the target on " + of}, value};
}

Field count(std::string name, std::string unit, double GainObservation::*value, std::string doc) {
  return {{std::move(name), std::move(unit), Better::neither, 0, 0, std::move(doc)}, value};
}

const std::vector<Field>& fields() {
  using O = GainObservation;
  static const std::vector<Field> all{
      confidence("p_full", &O::p_full, "the image"),
      confidence("share_full", &O::share_full, "the image"),
      confidence("p_base", &O::p_base, "the base"),
      confidence("share_base", &O::share_base, "the base"),
      confidence("p_hybrid", &O::p_hybrid, "the hybrid of the first mask"),
      confidence("share_hybrid", &O::share_hybrid, "the hybrid of the first mask"),
      confidence("p_grown", &O::p_grown, "the hybrid of the grown mask"),
      confidence("share_grown", &O::share_grown, "the hybrid of the grown mask"),
      count("mask_pixels", "px", &O::mask_pixels, "size of the first mask"),
      count("pixels", "px", &O::pixels, "size of the image, N"),
      count("first_right", "1", &O::first_right, "1: the first mask is already classified as the target"),
      count("growth_steps", "steps", &O::growth_steps, "3x3 dilations until the target wins"),
      count("grown_pixels", "px", &O::grown_pixels, "size of the mask then"),
      count("reached", "1", &O::reached, "1: the target won within the observed limit"),
      count("margin_first", "logit", &O::margin_first, "target minus best other, first mask"),
      count("margin_min", "logit", &O::margin_min,
            "smallest distance of target and best other along the growth"),
      count("target", "1", &O::target, "class"),
  };
  return all;
}

struct Confidences {
  double full, base, hybrid, grown;
};

Confidences confidences(const GainObservation& seen, const GainProtocol& protocol) {
  if (protocol.confidence == "logit-share")
    return {seen.share_full, seen.share_base, seen.share_hybrid, seen.share_grown};
  return {seen.p_full, seen.p_base, seen.p_hybrid, seen.p_grown};
}

double mean_kept(std::span<const GainScore> scores, std::span<const std::size_t> indices,
                 double GainScore::*value, Reasons GainScore::*reasons) {
  double sum = 0;
  std::size_t kept = 0;
  for (const std::size_t i : indices) {
    if (!(scores[i].*reasons).empty()) continue;
    sum += scores[i].*value;
    ++kept;
  }
  return kept ? sum / static_cast<double>(kept) : GainObservation::kNone;
}

void leave_out(std::span<std::vector<GainScore>> cells, std::size_t image, Reasons GainScore::*reasons) {
  const bool anywhere = std::ranges::any_of(
      cells, [&](const std::vector<GainScore>& cell) { return (cell[image].*reasons).of_confidence(); });
  if (!anywhere) return;
  for (std::vector<GainScore>& cell : cells)
    (cell[image].*reasons).add(Reason::elsewhere, (cell[image].*reasons).empty());
}

}  // namespace

const std::vector<Column>& confidence_gain_columns() {
  static const std::vector<Column> columns = [] {
    std::vector<Column> all;
    for (const Field& field : fields()) all.push_back(field.column);
    return all;
  }();
  return columns;
}

std::vector<double> values_of(const GainObservation& observation) {
  std::vector<double> values;
  for (const Field& field : fields()) values.push_back(observation.*field.value);
  return values;
}

GainObservation gain_observation(std::span<const double> values) {
  if (values.size() != fields().size())
    throw DataError(
        fmt::format("a confidence-gain record has {} values, expected {}: results of another version",
                    values.size(), fields().size()));
  GainObservation observation;
  for (std::size_t i = 0; i < values.size(); ++i) observation.*fields()[i].value = values[i];
  return observation;
}

GainProtocol read_gain_protocol(Params& params) {
  GainProtocol protocol;
  protocol.confidence = params.choice("confidence", protocol.confidence, {"probability", "logit-share"},
                                      "softmax probability, or the authors' share of min-shifted logits");
  protocol.epsilon = params.get("epsilon", protocol.epsilon, "added to the denominator p_full - p_base");
  protocol.guard =
      params.get("guard", protocol.guard, "an image is left out unless p_full - p_base is larger");
  protocol.average = params.choice("average", protocol.average, {"mean-of-ratios", "ratio-of-means"},
                                   "CCG over images: mean of gain/area, or mean gain / mean area");
  protocol.first_right_counts = params.get("first_right_counts", protocol.first_right_counts,
                                           "CCG keeps images whose first mask is already classified right");
  protocol.growth_limit = params.get("growth_limit", protocol.growth_limit, "more growth steps leave CCG");
  protocol.exclude = params.choice("exclude", protocol.exclude, {"per-cell", "global"},
                                   "an image whose confidences fail in one cell leaves that cell, or all");
  if (!(protocol.epsilon >= 0)) params.fail("epsilon", "must not be negative");
  if (!(protocol.guard >= 0)) params.fail("guard", "must not be negative");
  if (protocol.growth_limit < 0) params.fail("growth_limit", "must not be negative");
  return protocol;
}

GainScore gain_score(const Record& record, const GainProtocol& protocol) {
  GainScore score;
  if (record.status == Status::skipped || record.status == Status::failed) {
    score.reason_scg.add(record.status == Status::skipped ? Reason::skipped : Reason::failed);
    score.reason_ccg = score.reason_scg;
    return score;
  }
  const GainObservation seen = gain_observation(record.values);
  const Confidences p = confidences(seen, protocol);
  const double denominator = p.full - p.base + protocol.epsilon;
  const bool reached = seen.reached != 0;
  score.observed = true;
  score.scg = (p.hybrid - p.base) / denominator;
  if (reached) {
    score.gain = (p.grown - p.base) / denominator;
    score.area = seen.grown_pixels / seen.pixels;
    score.ccg = score.gain / score.area;
  }
  const bool base_not_lower = !(p.full - p.base > protocol.guard);
  score.reason_scg.add(Reason::base_not_lower, base_not_lower);
  score.reason_scg.add(Reason::negative_gain, p.hybrid < p.base);
  score.reason_ccg.add(Reason::base_not_lower, base_not_lower);
  score.reason_ccg.add(Reason::negative_gain, reached && p.grown < p.base);
  score.reason_ccg.add(Reason::growth_limit,
                       !reached || seen.growth_steps > static_cast<double>(protocol.growth_limit));
  score.reason_ccg.add(Reason::empty_mask, seen.mask_pixels == 0);
  score.reason_ccg.add(Reason::first_mask_right, seen.first_right != 0 && !protocol.first_right_counts);
  return score;
}

void leave_out_globally(std::span<std::vector<GainScore>> cells) {
  if (cells.empty()) return;
  for (const std::vector<GainScore>& cell : cells) ASSAY_ASSERT(cell.size() == cells.front().size());
  for (std::size_t image = 0; image < cells.front().size(); ++image) {
    leave_out(cells, image, &GainScore::reason_scg);
    leave_out(cells, image, &GainScore::reason_ccg);
  }
}

double average_scg(std::span<const GainScore> scores, std::span<const std::size_t> indices) {
  return mean_kept(scores, indices, &GainScore::scg, &GainScore::reason_scg);
}

double average_ccg(std::span<const GainScore> scores, std::span<const std::size_t> indices,
                   const GainProtocol& protocol) {
  if (protocol.average != "ratio-of-means")
    return mean_kept(scores, indices, &GainScore::ccg, &GainScore::reason_ccg);
  return mean_kept(scores, indices, &GainScore::gain, &GainScore::reason_ccg) /
         mean_kept(scores, indices, &GainScore::area, &GainScore::reason_ccg);
}

}  // namespace assay
