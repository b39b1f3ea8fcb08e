#include "harness/store/unit_result.h"

#include <limits>

namespace assay {

std::string text_of(const MapFigures& figures) {
  return figures.empty() ? "" : Json(figures).dump();
}

MapFigures figures_from(const std::string& text) {
  MapFigures figures;
  if (text.empty()) return figures;
  const Json parsed = Json::parse(text);
  for (const auto& [name, value] : parsed.items())
    figures[name] = value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
  return figures;
}

}  // namespace assay
