#include "harness/cluster/script_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace assay {
namespace {

bool is_plain(std::string_view text, std::string_view signs) {
  return !text.empty() && std::ranges::all_of(text, [&](unsigned char c) {
    return std::isalnum(c) || signs.find(static_cast<char>(c)) != std::string_view::npos;
  });
}

/// As sbatch reads it: it knows double quotes and the backslash.
std::string option_value(std::string_view value) {
  if (is_plain(value, "_./=:,@%+-[]&|*")) return std::string(value);
  std::string text = "\"";
  for (const char c : value) text += (c == '"' || c == '\\') ? std::string{'\\', c} : std::string{c};
  return text + "\"";
}

}  // namespace

void Directives::add(std::string_view option, std::string_view value, std::string_view reason) {
  if (!value.empty()) add_line(fmt::format("--{}={}", option, option_value(value)), reason);
}

void Directives::add(std::string_view option, std::int64_t value, std::string_view reason) {
  add(option, std::to_string(value), reason);
}

void Directives::add_line(std::string_view line, std::string_view reason) {
  if (!reason.empty()) text_ += fmt::format("# {}\n", reason);
  text_ += fmt::format("#SBATCH {}\n", line);
}

std::string shell_word(std::string_view text) {
  if (is_plain(text, "_./=:,@%+-")) return std::string(text);
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string{c};
  return word + "'";
}

std::string shell_words(const std::vector<std::string>& arguments) {
  std::string text;
  for (const std::string& argument : arguments)
    text.append(text.empty() ? "" : " ").append(shell_word(argument));
  return text;
}

std::string script_name(const std::string& name) {
  std::string plain = name;
  for (char& c : plain)
    if (!is_plain(std::string_view(&c, 1), "._+-")) c = '_';
  return plain;
}

std::string pattern_of(std::string_view path) {
  std::string text;
  for (const char c : path) text += c == '%' ? std::string("%%") : std::string{c};
  return text;
}

std::string memory_text(std::int64_t mebibytes) {
  return mebibytes % 1024 == 0 ? fmt::format("{}G", mebibytes / 1024) : fmt::format("{}M", mebibytes);
}

void add_site(const ClusterProfile& profile, const std::string& partition, Directives& lines) {
  lines.add("partition", partition);
  lines.add("account", profile.account);
  lines.add("qos", profile.qos);
}

std::string environment_of(const ClusterProfile& profile, const BatchJob& job) {
  std::string text;
  if (!job.variables.empty())
    text += "\n# What the configuration calls ${...}, as it was when this was written.\n";
  for (const auto& [name, value] : job.variables)
    text += fmt::format("export {}={}\n", name, shell_word(value));
  if (!profile.setup.empty()) text += fmt::format("\n# Key 'setup' of {}.\n", profile.file);
  for (const std::string& line : profile.setup) text += line + "\n";
  return text;
}

}  // namespace assay
