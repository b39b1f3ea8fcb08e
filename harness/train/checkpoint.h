#pragma once

#include <optional>
#include <string>

#include "harness/core/hash.h"
#include "harness/train/trainer.h"

namespace assay {

/// Writes a training's state, under another name first: at any moment the file holds the last state or the
/// one before. One safetensors file: parameter.I, velocity.I, rows [epochs,9] in the order of EpochRow, and
/// `identity`, the hash of everything that the training was made with. Throws DataError when it cannot be
/// written.
void save_checkpoint(const TrainingState& state, const Hash& identity, const std::string& file);

/// Nothing when there is no such file. Throws ConfigError when it belongs to another identity, DataError when
/// it is damaged.
std::optional<TrainingState> load_checkpoint(const Hash& identity, const std::string& file);

/// training.csv: one line an epoch under a header with the names of EpochRow; replaced as a whole. Throws
/// DataError.
void write_rows(const std::vector<EpochRow>& rows, const std::string& file);

}  // namespace assay
