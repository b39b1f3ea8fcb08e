#include "harness/store/layout.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <utility>

#include "harness/core/error.h"
#include "harness/store/files.h"

namespace assay {
namespace {

constexpr int kVersion = 1;

Json number(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

double number_from(const Json& json) {
  if (json == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (json == "inf") return std::numeric_limits<double>::infinity();
  if (json == "-inf") return -std::numeric_limits<double>::infinity();
  return json.get<double>();
}

Json json_of(const ExperimentInfo& e) {
  return {{"id", e.id}, {"dataset", e.dataset}, {"network", e.network}, {"samples", e.samples}};
}

Json json_of(const ExplanationInfo& e) {
  return {{"id", e.id},
          {"experiment", e.experiment},
          {"method", e.method},
          {"settings", e.settings},
          {"target", e.target}};
}

Json json_of(const CellInfo& c) {
  return {{"id", c.id}, {"explanation", c.explanation}, {"metric", c.metric}, {"settings", c.settings}};
}

Json json_of(const RowInfo& r) {
  return {
      {"protocol", r.protocol}, {"name", r.name}, {"cell", r.cell}, {"variant", r.variant}, {"note", r.note}};
}

Json json_of(const Column& c) {
  return {{"name", c.name},           {"unit", c.unit},         {"better", static_cast<int>(c.better)},
          {"worst", number(c.worst)}, {"best", number(c.best)}, {"doc", c.doc}};
}

template <class T>
Json list_of(const std::vector<T>& items);

Json json_of(const MetricInfo& m) {
  Json json{{"name", m.name}, {"columns", list_of(m.columns)}};
  if (!m.curves.empty()) json["curves"] = list_of(m.curves);
  return json;
}

template <class T>
Json list_of(const std::vector<T>& items) {
  Json list = Json::array();
  for (const T& item : items) list.push_back(json_of(item));
  return list;
}

void read(const Json& j, ExperimentInfo& e) {
  e = {j.at("id"), j.at("dataset"), j.at("network"), j.at("samples")};
}

void read(const Json& j, ExplanationInfo& e) {
  e = {j.at("id"), j.at("experiment"), j.at("method"), j.at("settings"), j.at("target")};
}

void read(const Json& j, CellInfo& c) {
  c = {j.at("id"), j.at("explanation"), j.at("metric"), j.at("settings")};
}

void read(const Json& j, RowInfo& r) {
  r = {j.at("protocol"), j.at("name"), j.at("cell"), j.at("variant"), j.at("note")};
}

void read(const Json& j, Column& c) {
  c = {j.at("name"),
       j.at("unit"),
       static_cast<Better>(j.at("better").get<int>()),
       number_from(j.at("worst")),
       number_from(j.at("best")),
       j.at("doc")};
}

template <class T>
std::vector<T> read_list(const Json& list);

void read(const Json& j, MetricInfo& m) {
  m = {j.at("name"), read_list<Column>(j.at("columns")), read_list<Column>(j.value("curves", Json::array()))};
}

template <class T>
std::vector<T> read_list(const Json& list) {
  std::vector<T> items(list.size());
  for (std::size_t i = 0; i < items.size(); ++i) read(list.at(i), items[i]);
  return items;
}

std::string file_in(const std::string& folder) {
  return folder + "/layout.json";
}

}  // namespace

Json to_json(const Layout& layout) {
  return {{"version", kVersion},
          {"config", layout.config},
          {"provenance", layout.provenance},
          {"experiments", list_of(layout.experiments)},
          {"explanations", list_of(layout.explanations)},
          {"cells", list_of(layout.cells)},
          {"rows", list_of(layout.rows)},
          {"metrics", list_of(layout.metrics)}};
}

Layout layout_from(const Json& json) {
  try {
    if (json.at("version") != kVersion)
      throw DataError(
          fmt::format("a layout of version {}; this program reads {}", json.at("version").dump(), kVersion));
    return {json.at("config"),
            json.at("provenance"),
            read_list<ExperimentInfo>(json.at("experiments")),
            read_list<ExplanationInfo>(json.at("explanations")),
            read_list<CellInfo>(json.at("cells")),
            read_list<RowInfo>(json.at("rows")),
            read_list<MetricInfo>(json.at("metrics"))};
  } catch (const Json::exception& error) {
    throw DataError(fmt::format("not a layout: {}", error.what()));
  }
}

void save_layout(const std::string& folder, const Layout& layout) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw DataError(fmt::format("{}: cannot be made: {}", folder, error.message()));
  write_file(to_json(layout).dump(1) + "\n", file_in(folder));
}

Layout load_layout(const std::string& folder) {
  const std::string file = file_in(folder);
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw DataError(fmt::format("{}: cannot be opened; `assay run` writes it at its start", file));
  try {
    return layout_from(Json::parse(stream));
  } catch (const Json::exception& error) {
    throw DataError(fmt::format("{}: {}", file, error.what()));
  } catch (const DataError& error) {
    throw DataError(fmt::format("{}: {}", file, error.what()));
  }
}

Places::Places(const Layout& layout) {
  std::map<int, std::size_t> explanations;
  for (const ExplanationInfo& e : layout.explanations) of_explanation.push_back(explanations[e.experiment]++);
  std::map<std::pair<std::string, int>, std::size_t> cells;
  for (const CellInfo& c : layout.cells) {
    const int experiment = layout.explanations.at(static_cast<std::size_t>(c.explanation)).experiment;
    of_cell.push_back(cells[{c.metric, experiment}]++);
  }
}

}  // namespace assay
