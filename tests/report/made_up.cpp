#include "tests/report/made_up.h"

#include <fmt/format.h>

#include <cmath>

#include "metrics/region_overlap_scores.h"

namespace assay::test {

Record record(const Seen& seen) {
  GainObservation o;
  o.p_full = seen.full;
  o.p_base = seen.base;
  o.p_hybrid = seen.hybrid;
  o.share_full = seen.full / 2;
  o.share_base = seen.base / 2;
  o.share_hybrid = seen.hybrid / 2;
  o.mask_pixels = seen.mask_pixels;
  o.pixels = 100;
  o.first_right = seen.first_right;
  o.reached = seen.reached;
  if (seen.reached) {
    o.p_grown = seen.grown;
    o.share_grown = seen.grown / 2;
    o.growth_steps = seen.steps;
    o.grown_pixels = seen.grown_pixels;
  }
  return {Status::ok, "", values_of(o)};
}

Record record(Status status, const std::string& reason) {
  return {status, reason, values_of(GainObservation{})};
}

MadeUp::MadeUp() {
  observed.layout.config = {{"protocols", Json::array()}};
  observed.layout.metrics = {{"confidence-gain", confidence_gain_columns()}};
}

int MadeUp::experiment(const std::string& dataset, const std::string& network, int images, int unreadable) {
  ExperimentInfo info{.id = dataset + network, .dataset = dataset, .network = network, .samples = {}};
  std::vector<SampleRow> samples;
  for (int i = 0; i < images; ++i) {
    SampleRow sample;
    sample.sample = sample.name = fmt::format("{}.jpg", i);
    sample.right = i % 3 != 0;
    if (i >= images - unreadable) {
      sample.status = Status::failed;
      sample.reason = "truncated file";
    }
    info.samples.push_back(sample.sample);
    samples.push_back(sample);
  }
  observed.layout.experiments.push_back(info);
  observed.samples.push_back(samples);
  return static_cast<int>(observed.samples.size()) - 1;
}

int MadeUp::explanation(const std::string& method, Json settings) {
  const int index = static_cast<int>(observed.layout.explanations.size());
  observed.layout.explanations.push_back({.id = std::to_string(index),
                                          .experiment = static_cast<int>(observed.samples.size()) - 1,
                                          .method = method,
                                          .settings = std::move(settings),
                                          .target = "predicted"});
  const std::int64_t asked = (index + 1) * std::int64_t{2'000'000'000};
  observed.figures.emplace_back(observed.samples.back().size());
  observed.costs.emplace_back(observed.samples.back().size(),
                              Cost{.forwards = 10 * (index + 1),
                                   .backwards = index,
                                   .work = {.asked = asked, .done = asked / 4},
                                   .seconds = 0.25 * index});
  return index;
}

int MadeUp::cell(int explanation, double rho, const std::string& base, std::vector<Record> records) {
  observed.layout.cells.push_back({.id = std::to_string(observed.records.size()),
                                   .explanation = explanation,
                                   .metric = "confidence-gain",
                                   .settings = {{"rho", rho}, {"base", base}, {"limit", 100}}});
  observed.records.push_back(std::move(records));
  return static_cast<int>(observed.records.size()) - 1;
}

int MadeUp::overlap(int explanation, double rho, const std::vector<double>& overlaps, const Json& mask) {
  observed.layout.cells.push_back({.id = std::to_string(observed.records.size()),
                                   .explanation = explanation,
                                   .metric = "region-overlap",
                                   .settings = {{"rho", rho}}});
  observed.layout.cells.back().settings.update(mask);
  std::vector<Record> records;
  for (const double pixels : overlaps)
    records.push_back(std::isnan(pixels)
                          ? Record{Status::skipped, "no region", values_of(OverlapObservation{})}
                          : Record{Status::ok, "", values_of(OverlapObservation{25, 10, pixels, 100})});
  observed.records.push_back(std::move(records));
  return static_cast<int>(observed.records.size()) - 1;
}

void MadeUp::row(const std::string& protocol, const std::string& name, int cell, const std::string& note) {
  const Json& settings = observed.layout.cells[static_cast<std::size_t>(cell)].settings;
  observed.layout.rows.push_back(
      {.protocol = protocol,
       .name = name,
       .cell = cell,
       .variant = fmt::format("rho={} base={}", settings["rho"].dump(), settings.value("base", "")),
       .note = note});
}

void MadeUp::protocol(const std::string& name, Json scores) {
  observed.layout.config["protocols"].push_back(
      {{"name", name}, {"scores", {{"confidence-gain", std::move(scores)}}}});
}

std::vector<Record> seven_fates() {
  return {
      record({.full = 0.9, .base = 0.1, .hybrid = 0.5, .grown = 0.7, .steps = 2, .grown_pixels = 50}),
      record({.full = 0.6,
              .base = 0.2,
              .hybrid = 0.4,
              .grown = 0.6,
              .steps = 0,
              .grown_pixels = 25,
              .first_right = true}),
      record({.full = 0.3, .base = 0.4, .hybrid = 0.5, .grown = 0.5}),
      record({.full = 0.8, .base = 0.4, .hybrid = 0.3, .grown = 0.3}),
      record({.full = 0.8, .base = 0.0, .hybrid = 0.2, .reached = false}),
      record({.full = 0.8, .base = 0.2, .hybrid = 0.2, .mask_pixels = 0, .reached = false}),
      record(Status::failed, "truncated file"),
  };
}

MadeUp one_cell() {
  MadeUp study;
  study.protocol("paper");
  study.experiment("scenes", "places", 7, 1);
  const int occ = study.explanation("occ", {{"patch", 10}});
  study.row("paper", "occ 10", study.cell(occ, 0.25, "gaussian(17, 2.9)", seven_fates()));
  return study;
}

namespace {

struct Configuration {
  std::string name, method;
  Json settings;
  double quality;
  std::string note;
};

std::vector<Configuration> configurations() {
  const Json occ{{"patch", 10}}, grad{{"dilations", 5}};
  const Json parts{{{"method", "occ"}, {"settings", occ}}, {{"method", "grad"}, {"settings", grad}}};
  return {{"occ", "occ", occ, 0.30, ""},
          {"grad", "grad", grad, 0.34, ""},
          {"C-MWP", "c-mwp", {{"layer", "pool2"}}, 0.52, "inputs clamped at 0"},
          {"MWP", "mwp", {{"layer", "pool2"}}, -1, ""},
          {"grad+occ", "agreement", {{"parts", parts}}, 0.20, ""},
          {"random", "random", Json::object(), 0.05, ""}};
}

/// Image i of a configuration: images 0 and 1 meet a fate, the last cannot be read.
Record twelfth(int i, double quality, double rho, bool agreement) {
  if (quality < 0) return record(Status::skipped, "layer 'pool2' cannot be reached");
  if (i == 11) return record(Status::failed, "truncated file");
  const double sway = quality > 0.31 && quality < 0.4 ? 0.1 * (i % 2 ? 1 : -1) : 0;
  const double hybrid = 0.1 + 0.8 * (quality * (0.6 + 0.08 * i) + sway) * (rho < 0.1 ? 0.5 : 1.0);
  const double steps = std::round((rho < 0.1 ? 10 : 6) * (1.2 - quality)) + i % 3;
  Seen seen{.full = 0.9, .base = 0.1, .hybrid = hybrid, .grown = 0.5 + 0.03 * i};
  seen.steps = i == 1 ? 60 : steps;
  seen.mask_pixels = 100 * rho;
  seen.grown_pixels = std::min(100.0, 100 * rho + 4 * steps);
  if (i == 0) seen.base = 0.95;
  if (i == 2 && agreement && rho < 0.1) seen = {.hybrid = 0.1, .mask_pixels = 0, .reached = false};
  if (i == 3 && quality < 0.1) seen.hybrid = 0.05;
  if (i == 4 && quality > 0.5) {
    seen.first_right = true;
    seen.steps = 0;
    seen.grown_pixels = seen.mask_pixels;
    seen.grown = seen.hybrid;
  }
  return record(seen);
}

/// On black, C-MWP is as good as grad.
double quality_under(const std::string& base, const Configuration& one) {
  if (base != "zero") return one.quality;
  return one.method == "c-mwp" ? 0.35 : one.quality * 0.97;
}

}  // namespace

MadeUp small_study() {
  MadeUp study;
  study.protocol("paper");
  study.protocol("authors-code", {{"confidence", "logit-share"},
                                  {"epsilon", 0.001},
                                  {"guard", 0.0},
                                  {"average", "ratio-of-means"},
                                  {"first_right_counts", false},
                                  {"growth_limit", 100}});
  study.experiment("scenes", "squeezenet-places", 12, 1);
  for (const std::string protocol : {"paper", "authors-code"})
    for (const Configuration& one : configurations()) {
      const int explanation = study.explanation(one.method, one.settings);
      for (const double rho : {0.25, 0.05})
        for (const std::string base : {protocol == "paper" ? "gaussian(17, 2.9)" : "box(17)", "zero"}) {
          std::vector<Record> records;
          for (int i = 0; i < 12; ++i)
            records.push_back(twelfth(i, quality_under(base, one), rho, one.method == "agreement"));
          study.row(protocol, one.name, study.cell(explanation, rho, base, std::move(records)), one.note);
        }
    }
  return study;
}

}  // namespace assay::test
