#pragma once

#include <map>
#include <string>

#include "harness/network/tensor.h"

namespace assay {

/// All tensors of a safetensors file as stored (F64, F32, F16, U8, I8, I32, I64). Throws DataError naming
/// file and tensor for a truncated file, a bad header, offsets outside the file or a size that does not fit
/// the shape.
std::map<std::string, Tensor> read_safetensors(const std::string& file);

/// Writes them in the order of their names. Throws DataError when the disk does not take it.
void write_safetensors(const std::map<std::string, Tensor>& tensors, const std::string& file);

}  // namespace assay
