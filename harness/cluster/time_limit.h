#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace assay {

/// Seconds of a time limit as SLURM writes it, "HH:MM:SS" or "D-HH:MM:SS"; nothing for any other text. The
/// shorter forms that SLURM reads as well ("90", "1:30") are left out: some are minutes, some are hours.
std::optional<std::int64_t> seconds_of_limit(std::string_view text);
/// The reverse; seconds at least 0.
std::string limit_text(std::int64_t seconds);

}  // namespace assay
