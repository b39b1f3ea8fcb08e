#include "tests/report/scored_study.h"

#include <fmt/format.h>

namespace assay::test {

ScoredStudy::ScoredStudy(int images) {
  protocol("paper");
  experiment("mosaics", "net", 2 * images);
  for (int i = 0; i < 2 * images; ++i)
    observed.samples[0][static_cast<std::size_t>(i)].image = fmt::format("grid-{}", i / 2);
}

void ScoredStudy::add(const std::string& name, const std::string& method, const Json& settings,
                      const std::string& metric, std::vector<Record> records, const std::string& note) {
  Layout& layout = observed.layout;
  layout.cells.push_back({.id = std::to_string(observed.records.size()),
                          .explanation = explanation(method, settings),
                          .metric = metric,
                          .settings = Json::object()});
  observed.records.push_back(std::move(records));
  layout.rows.push_back({.protocol = "paper",
                         .name = name,
                         .cell = static_cast<int>(layout.cells.size()) - 1,
                         .variant = "",
                         .note = note});
}

Record located(double attribution) {
  return {Status::ok, "", values_of(LocalisationObservation{attribution, 1, 20, 40, 25, 100})};
}

double near_share(int target) {
  return 0.1 + 0.2 * target;
}

Record pointed(double distance, int target, int others) {
  PointObservation seen;
  seen.target = target;
  seen.row = seen.column = 5;
  seen.distance = distance;
  seen.area = 0.1;
  seen.near = near_share(target);
  seen.objects = 1;
  seen.marked = 0;
  seen.others = others;
  return {Status::ok, "", values_of(seen)};
}

ScoredStudy localisation_study() {
  ScoredStudy study(8);
  const auto add = [&](const std::string& name, const std::string& method, const Json& settings, double first,
                       double second, const std::string& note = "") {
    std::vector<Record> records;
    for (int i = 0; i < 16; ++i) records.push_back(located(i % 2 ? second : first));
    study.add(name, method, settings, "localisation", std::move(records), note);
  };
  add("guided", "guided-backprop", {{"reduce", "sum"}}, 0.2, 0.4, "scaled by min-max");
  add("var(guided)", "var", {{"of", "guided-backprop"}, {"reduce", "sum"}, {"tau", 0.01}}, 0.6, 0.8);
  add("var(gradient)", "var", {{"of", "grad"}, {"tau", 0.01}}, 0.1, 0.1);
  add("uniform", "uniform", Json::object(), 0.25, 0.25);
  study.add("lrp", "lrp", Json::object(), "localisation",
            std::vector<Record>(16, {Status::skipped, "no layer", values_of(LocalisationObservation{})}));
  return study;
}

}  // namespace assay::test
