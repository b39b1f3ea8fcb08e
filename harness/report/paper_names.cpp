#include "harness/report/paper_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

namespace assay {
namespace {

/// A setting wherever it was stored: among the parameters or in the view below them.
const Json* setting(const Json& settings, const char* key) {
  if (!settings.is_object()) return nullptr;
  if (const auto found = settings.find(key); found != settings.end()) return &*found;
  for (const auto& [name, below] : settings.items())
    if (below.is_object())
      if (const Json* found = setting(below, key)) return found;
  return nullptr;
}

std::int64_t integer(const Json& settings, const char* key) {
  const Json* value = setting(settings, key);
  return value && value->is_number_integer() ? value->get<std::int64_t>() : 0;
}

std::string single_row(const std::string& method, const Json& settings) {
  if (method == "occ") {
    const std::int64_t patch = integer(settings, "patch");
    return patch == 10 || patch == 50 || patch == 100 ? fmt::format("occ {}", patch) : "";
  }
  if (method == "grad") {
    const std::int64_t dilations = integer(settings, "dilations");
    return dilations == 0 || dilations == 2 || dilations == 5 ? fmt::format("grad {}", dilations) : "";
  }
  return method == "c-mwp" ? "C-MWP" : "";
}

const ExplanationInfo& explanation_of(const RowInfo& row, const Layout& layout) {
  return layout.explanations.at(layout.cells.at(row.cell).explanation);
}

/// What a part is in the published table; it is a name of the configuration, or settings with their method.
std::string part_row(const Json& part, const RowInfo& row, const Layout& layout) {
  if (part.is_object()) return single_row(part.value("method", ""), part);
  const int experiment = explanation_of(row, layout).experiment;
  for (const RowInfo& other : layout.rows) {
    const ExplanationInfo& explanation = explanation_of(other, layout);
    if (part == other.name && other.protocol == row.protocol && explanation.experiment == experiment)
      return single_row(explanation.method, explanation.settings);
  }
  return "";
}

std::string pair_row(std::vector<std::string> parts) {
  std::ranges::sort(parts);
  if (parts == std::vector<std::string>{"grad 5", "occ 10"}) return "grad+occ";
  if (parts == std::vector<std::string>{"C-MWP", "grad 5"}) return "C-MWP+grad";
  if (parts == std::vector<std::string>{"C-MWP", "occ 10"}) return "C-MWP+occ";
  return "";
}

std::string lower_case(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

std::string published_row(const RowInfo& row, const Layout& layout) {
  const ExplanationInfo& explanation = explanation_of(row, layout);
  if (explanation.method != "agreement") return single_row(explanation.method, explanation.settings);
  const Json* of = setting(explanation.settings, "of");
  if (!of || !of->is_array()) return "";
  std::vector<std::string> parts;
  for (const Json& part : *of) parts.push_back(part_row(part, row, layout));
  return pair_row(std::move(parts));
}

std::string published_dataset(const ExperimentInfo& experiment, const Json& config) {
  std::string words = experiment.network;
  if (const auto networks = config.find("networks"); networks != config.end())
    for (const Json& network : *networks)
      if (network.is_object() && network.value("name", Json()) == experiment.network) words += network.dump();
  words = lower_case(std::move(words));
  if (words.find("places") != std::string::npos) return "Places";
  return words.find("floor") != std::string::npos ? "Floor" : "";
}

std::string base_label(const std::string& base) {
  const std::string kind = base.substr(0, base.find('('));
  if (kind == "gaussian" || kind == "box") return "G";
  if (kind == "zero") return "Z";
  return kind == "gray" ? "Gray" : base;
}

bool is_control(const std::string& method) {
  static constexpr std::array<std::string_view, 4> controls{"random", "center", "edge", "uniform"};
  return std::ranges::find(controls, method) != controls.end();
}

}  // namespace assay
