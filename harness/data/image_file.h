#pragma once

#include <string>
#include <vector>

namespace assay {

/// The bytes of an image file. Throws DataError `FILE: reason` when it is missing, a folder, unreadable,
/// empty, or cut short: a JPEG whose markers do not lead to an end-of-image marker, a PNG whose chunks do not
/// lead to IEND. (Image libraries fill the missing part with grey and go on.) Other kinds of file are
/// returned as they are.
std::vector<unsigned char> read_image_file(const std::string& path);

}  // namespace assay
