#include "harness/data/annotations.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <pugixml.hpp>
#include <string_view>

#include "harness/core/error.h"

namespace assay {
namespace {

/// Calls `use` with the place of each object in the file, from 1, and its node.
template <class Use>
void for_each_object(const std::string& file, Use use) {
  pugi::xml_document document;
  const pugi::xml_parse_result parsed = document.load_file(file.c_str());
  if (!parsed) throw DataError(fmt::format("{}: not a readable annotation: {}", file, parsed.description()));
  int place = 0;
  for (const pugi::xml_node object : document.child("annotation").children("object")) use(++place, object);
  if (place == 0) throw DataError(fmt::format("{}: no annotation/object in it", file));
}

double number_in(const pugi::xml_node& box, const char* key) {
  const std::string_view text = box.child_value(key);
  const std::size_t begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  const std::string_view word = text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin);
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (word.empty() || error != std::errc() || end != word.data() + word.size())
    throw DataError(fmt::format("bndbox/{}: expected a number, got '{}'", key, word));
  return value;
}

Box box_of(const pugi::xml_node& object, int first) {
  const pugi::xml_node node = object.child("bndbox");
  if (!node) throw DataError("no bndbox in it");
  const Box box{.left = number_in(node, "xmin") - first,
                .top = number_in(node, "ymin") - first,
                .right = number_in(node, "xmax") - first + 1,
                .bottom = number_in(node, "ymax") - first + 1};
  if (!(box.left < box.right && box.top < box.bottom))
    throw DataError("bndbox: the box is empty: a maximum lies before its minimum");
  return box;
}

}  // namespace

std::vector<std::string> annotated_objects(const std::string& file) {
  std::vector<std::string> names;
  for_each_object(file,
                  [&](int, const pugi::xml_node& object) { names.emplace_back(object.child_value("name")); });
  return names;
}

std::vector<AnnotatedObject> annotated_boxes(const std::string& file, int first) {
  std::vector<AnnotatedObject> objects;
  for_each_object(file, [&](int place, const pugi::xml_node& object) {
    const std::string name = object.child_value("name");
    try {
      if (name.empty()) throw DataError("no name in it");
      const bool difficult = std::string_view(object.child_value("difficult")) == "1";
      objects.push_back({name, box_of(object, first), difficult});
    } catch (const DataError& error) {
      throw DataError(fmt::format("{}: object {} ({}): {}", file, place, name, error.what()));
    }
  });
  return objects;
}

}  // namespace assay
