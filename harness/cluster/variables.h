#pragma once

#include <string>
#include <utility>
#include <vector>

namespace assay {

/// The environment variables that texts call ${NAME} and that are set: names and values, by name.
std::vector<std::pair<std::string, std::string>> variables_of(const std::vector<std::string>& texts);

/// YAML without its comments. A quote that opens is taken to end on its line: what looks quoted is kept.
std::string without_comments(const std::string& yaml);

}  // namespace assay
