#include "harness/data/annotations.h"

#include <fmt/format.h>

#include <pugixml.hpp>

#include "harness/core/error.h"

namespace assay {

std::vector<std::string> annotated_objects(const std::string& file) {
  pugi::xml_document document;
  const pugi::xml_parse_result parsed = document.load_file(file.c_str());
  if (!parsed) throw DataError(fmt::format("{}: not a readable annotation: {}", file, parsed.description()));
  std::vector<std::string> names;
  for (const pugi::xml_node object : document.child("annotation").children("object"))
    names.emplace_back(object.child_value("name"));
  if (names.empty()) throw DataError(fmt::format("{}: no annotation/object in it", file));
  return names;
}

}  // namespace assay
