#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/data/dataset.h"

namespace assay {

// What the dataset kinds share: text files with line numbers, class lists, folders of images.

struct TextLine {
  std::string text;  // without line end, byte order mark and surrounding blanks
  int number = 0;    // 1-based
};

/// The lines of a text file that are not blank. Throws DataError naming a file that cannot be read.
std::vector<TextLine> read_lines(const std::string& file);

/// Throws DataError `FILE:LINE: message`.
[[noreturn]] void fail_at(const std::string& file, int line, std::string_view message);

/// Fields between separators, blanks around them removed; an empty text has none.
std::vector<std::string> split(std::string_view text, char separator);

/// Fields of one line of comma-separated values (RFC 4180: quoted fields may hold commas and doubled quotes,
/// not line ends). Throws DataError at `file` and the line's number for a quote that does not end.
std::vector<std::string> parse_csv(const TextLine& line, const std::string& file);

/// The text as one such field, quoted where it must be.
std::string csv_field(const std::string& text);

/// Whether the text is a non-negative decimal integer.
bool is_index(std::string_view text);
/// That integer. Throws DataError at `file` and `line` when it is none or too large.
std::int64_t parse_index(std::string_view text, const std::string& file, int line);

std::string first_word(std::string_view text);

/// The classes of a label set, by position.
struct ClassList {
  std::vector<std::string> keys;  // first words of the lines
  /// Position of a key, -1 when it is not there.
  std::int64_t find(std::string_view key) const;
};
ClassList read_class_list(const std::string& file);

/// Names of the images (jpg, jpeg, png, bmp, webp; any case) directly in a folder, sorted bytewise. Throws
/// DataError for a missing folder.
std::vector<std::string> images_in(const std::string& folder);
/// Names of the folders directly in a folder, sorted bytewise; hidden ones are left out.
std::vector<std::string> folders_in(const std::string& folder);

std::string join_path(const std::string& folder, const std::string& name);
bool is_folder(const std::string& path);

/// `samples`, or DataError naming `where` when there is none.
std::vector<Sample> not_empty(std::vector<Sample> samples, const std::string& where);

}  // namespace assay
