#include "harness/report/paper_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

namespace assay {
namespace {

std::int64_t integer(const Json& settings, const char* key) {
  const auto value = settings.find(key);
  return value != settings.end() && value->is_number_integer() ? value->get<std::int64_t>() : 0;
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

std::string published_row(const ExplanationInfo& explanation) {
  if (explanation.method != "agreement") return single_row(explanation.method, explanation.settings);
  std::vector<std::string> parts;
  for (const Json& part : explanation.settings.value("parts", Json::array()))
    parts.push_back(single_row(part.value("method", ""), part.value("settings", Json::object())));
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
