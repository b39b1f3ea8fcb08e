#include "harness/data/label_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>

#include "harness/core/error.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n\v\f";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

bool is_image_name(const fs::path& path) {
  std::string extension = path.extension().string();
  std::ranges::transform(extension, extension.begin(), [](unsigned char c) { return std::tolower(c); });
  constexpr std::string_view kKnown[] = {".jpg", ".jpeg", ".png", ".bmp", ".webp"};
  return std::ranges::find(kKnown, extension) != std::end(kKnown);
}

template <class Wanted>
std::vector<std::string> names_in(const std::string& folder, Wanted wanted) {
  std::error_code error;
  const fs::directory_iterator entries(folder, error);
  if (error) throw DataError(fmt::format("{}: cannot read the folder: {}", folder, error.message()));
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : entries)
    if (wanted(entry)) names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  return names;
}

std::string why_unreadable(const std::string& file) {
  const std::string folder = fs::path(file).parent_path().string();
  std::error_code error;
  if (!folder.empty() && !fs::exists(folder, error)) return fmt::format("there is no folder {}", folder);
  if (is_folder(file)) return "it is a folder";
  return fs::exists(file, error) ? "is it yours to read?" : "there is no such file";
}

}  // namespace

std::vector<TextLine> read_lines(const std::string& file) {
  std::ifstream stream(file);
  if (!stream || is_folder(file))
    throw DataError(fmt::format("{}: cannot read the file: {}", file, why_unreadable(file)));
  std::vector<TextLine> lines;
  std::string text;
  for (int number = 1; std::getline(stream, text); ++number) {
    if (number == 1 && text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
    const std::string_view content = trimmed(text);
    if (!content.empty()) lines.push_back({std::string(content), number});
  }
  return lines;
}

void fail_at(const std::string& file, int line, std::string_view message) {
  throw DataError(fmt::format("{}:{}: {}", file, line, message));
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> fields;
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    fields.emplace_back(trimmed(text.substr(0, end)));
    if (end + 1 == text.size()) fields.emplace_back();
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return fields;
}

std::vector<std::string> parse_csv(const TextLine& line, const std::string& file) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.text.size(); ++i) {
    const char c = line.text[i];
    const bool doubled = quoted && c == '"' && i + 1 < line.text.size() && line.text[i + 1] == '"';
    if (doubled)
      fields.back() += line.text[++i];
    else if (c == '"')
      quoted = !quoted;
    else if (c == ',' && !quoted)
      fields.emplace_back();
    else
      fields.back() += c;
  }
  if (quoted) fail_at(file, line.number, "a quoted field does not end on this line");
  for (std::string& field : fields) field = std::string(trimmed(field));
  return fields;
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

bool is_index(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c); });
}

std::int64_t parse_index(std::string_view text, const std::string& file, int line) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (!is_index(text) || error != std::errc{})
    fail_at(file, line, fmt::format("'{}' is not a class index (a whole number from 0)", text));
  return value;
}

std::string first_word(std::string_view text) {
  text = trimmed(text);
  return std::string(text.substr(0, text.find_first_of(" \t")));
}

std::int64_t ClassList::find(std::string_view key) const {
  const auto found = std::ranges::find(keys, key);
  return found == keys.end() ? -1 : found - keys.begin();
}

ClassList read_class_list(const std::string& file) {
  ClassList classes;
  for (const TextLine& line : read_lines(file)) classes.keys.push_back(first_word(line.text));
  if (classes.keys.empty()) throw DataError(fmt::format("{}: the class list is empty", file));
  return classes;
}

std::vector<std::string> images_in(const std::string& folder) {
  return names_in(folder, [](const fs::directory_entry& entry) {
    return !entry.is_directory() && is_image_name(entry.path());
  });
}

std::vector<std::string> folders_in(const std::string& folder) {
  return names_in(folder, [](const fs::directory_entry& entry) {
    return entry.is_directory() && !entry.path().filename().string().starts_with('.');
  });
}

std::string join_path(const std::string& folder, const std::string& name) {
  return (fs::path(folder) / name).string();
}

bool is_folder(const std::string& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

std::vector<Sample> not_empty(std::vector<Sample> samples, const std::string& where) {
  if (samples.empty()) throw DataError(fmt::format("{}: no images found", where));
  return samples;
}

}  // namespace assay
