#include "harness/cluster/variables.h"

#include <cstdlib>
#include <set>
#include <sstream>
#include <string_view>

namespace assay {
namespace {

std::string_view without_comment(std::string_view line) {
  char quote = '\0', before = ' ';
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '#' && !quote && (before == ' ' || before == '\t')) return line.substr(0, i);
    if (quote ? c == quote : c == '"' || c == '\'') quote = quote ? '\0' : c;
    before = c;
  }
  return line;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> variables_of(const std::vector<std::string>& texts) {
  std::set<std::string> names;
  for (const std::string& text : texts)
    for (std::size_t at = 0; (at = text.find("${", at)) != std::string::npos; at += 2)
      if (const std::size_t end = text.find('}', at); end != std::string::npos)
        names.insert(text.substr(at + 2, end - at - 2));
  std::vector<std::pair<std::string, std::string>> variables;
  for (const std::string& name : names)
    if (const char* value = std::getenv(name.c_str())) variables.emplace_back(name, value);
  return variables;
}

std::string without_comments(const std::string& yaml) {
  std::istringstream lines(yaml);
  std::string text;
  for (std::string line; std::getline(lines, line);) text.append(without_comment(line)).append("\n");
  return text;
}

}  // namespace assay
