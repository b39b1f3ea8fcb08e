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
  const pugi::xml_node root = document.child("annotation");
  if (!root) throw DataError(fmt::format("{}: no annotation in it", file));
  int place = 0;
  for (const pugi::xml_node object : root.children("object")) use(++place, object);
}

/// The text of a child, without blanks around it.
std::string_view text_in(const pugi::xml_node& node, const char* key) {
  const std::string_view text = node.child_value(key);
  const std::size_t begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  return text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin);
}

double number_in(const pugi::xml_node& box, const char* key) {
  const std::string_view word = text_in(box, key);
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

bool is_difficult(const pugi::xml_node& object) {
  const std::string_view word = text_in(object, "difficult");
  if (word != "" && word != "0" && word != "1")
    throw DataError(fmt::format("difficult: expected 0 or 1, got '{}'", word));
  return word == "1";
}

}  // namespace

std::vector<std::string> annotated_objects(const std::string& file) {
  std::vector<std::string> names;
  for_each_object(file,
                  [&](int, const pugi::xml_node& object) { names.emplace_back(text_in(object, "name")); });
  if (names.empty()) throw DataError(fmt::format("{}: no annotation/object in it", file));
  return names;
}

std::vector<AnnotatedObject> annotated_boxes(const std::string& file, int first) {
  std::vector<AnnotatedObject> objects;
  for_each_object(file, [&](int place, const pugi::xml_node& object) {
    const std::string name(text_in(object, "name"));
    try {
      if (name.empty()) throw DataError("no name in it");
      const bool difficult = is_difficult(object);
      objects.push_back({name, box_of(object, first), difficult});
    } catch (const DataError& error) {
      throw DataError(fmt::format("{}: object {} ({}): {}", file, place, name, error.what()));
    }
  });
  return objects;
}

}  // namespace assay
