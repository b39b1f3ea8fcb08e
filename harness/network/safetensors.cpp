#include "harness/network/safetensors.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "harness/core/error.h"
#include "harness/core/params.h"

namespace assay {
namespace {

static_assert(std::endian::native == std::endian::little,
              "safetensors data is little-endian and read as it is");

struct TypeRow {
  std::string_view name;
  at::ScalarType type;
};

constexpr TypeRow kTypes[] = {{"F64", at::kDouble}, {"F32", at::kFloat}, {"F16", at::kHalf},
                              {"U8", at::kByte},    {"I8", at::kChar},   {"I32", at::kInt},
                              {"I64", at::kLong}};
constexpr std::uint64_t kMaxHeader = 100 << 20;  // bytes; the reference implementation's limit

const TypeRow* find_type(std::string_view name) {
  for (const TypeRow& row : kTypes)
    if (row.name == name) return &row;
  return nullptr;
}

std::string_view name_of_type(at::ScalarType type, const std::string& tensor) {
  for (const TypeRow& row : kTypes)
    if (row.type == type) return row.name;
  throw DataError(
      fmt::format("tensor '{}': type {} cannot be stored as safetensors", tensor, c10::toString(type)));
}

struct Header {
  Json json;
  std::uint64_t data_begin = 0;  // byte in the file
  std::uint64_t data_size = 0;   // bytes
};

Header read_header(std::ifstream& stream, const std::string& file) {
  const std::uint64_t file_size = std::filesystem::file_size(file);
  std::uint64_t length = 0;
  if (file_size < sizeof length)
    throw DataError(fmt::format("{}: truncated: {} bytes, no header", file, file_size));
  stream.read(reinterpret_cast<char*>(&length), sizeof length);
  if (length > kMaxHeader)
    throw DataError(fmt::format("{}: not a safetensors file: header of {} bytes", file, length));
  if (length > file_size - sizeof length)
    throw DataError(fmt::format("{}: truncated: header of {} bytes, file of {}", file, length, file_size));
  std::string text(length, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(length));
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) throw DataError(fmt::format("{}: the header is not a JSON object", file));
  return {std::move(json), sizeof length + length, file_size - sizeof length - length};
}

struct Entry {
  at::ScalarType type;
  std::vector<std::int64_t> shape;
  std::uint64_t begin, end;  // bytes from data_begin
};

Entry parse_entry(const Json& node, const std::string& where) {
  const auto bad = [&](std::string_view what) { throw DataError(fmt::format("{}: {}", where, what)); };
  const auto is_list = [](const Json& list, std::size_t count) {
    return list.is_array() && (count == 0 || list.size() == count) &&
           std::all_of(list.begin(), list.end(), [](const Json& v) { return v.is_number_unsigned(); });
  };
  if (!node.is_object() || !node.contains("dtype") || !node["dtype"].is_string()) bad("header has no dtype");
  const std::string dtype = node["dtype"];
  const TypeRow* type = find_type(dtype);
  if (!type) bad(fmt::format("dtype {} is not supported; known: F64, F32, F16, U8, I8, I32, I64", dtype));
  if (!node.contains("shape") || !is_list(node["shape"], 0)) bad("header has no valid shape");
  if (!node.contains("data_offsets") || !is_list(node["data_offsets"], 2))
    bad("header has no valid data_offsets");
  return {type->type, node["shape"], node["data_offsets"][0], node["data_offsets"][1]};
}

void check_extent(const Entry& entry, std::uint64_t data_size, const std::string& where) {
  if (entry.end < entry.begin) throw DataError(fmt::format("{}: data_offsets run backwards", where));
  std::uint64_t bytes = c10::elementSize(entry.type);
  for (const std::int64_t side : entry.shape)
    if (__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(side), &bytes))
      throw DataError(fmt::format("{}: shape [{}] is too large", where, fmt::join(entry.shape, ",")));
  if (entry.end - entry.begin != bytes)
    throw DataError(fmt::format("{}: {} bytes do not fit shape [{}], which needs {}", where,
                                entry.end - entry.begin, fmt::join(entry.shape, ","), bytes));
  if (entry.end > data_size)
    throw DataError(fmt::format("{}: truncated: data end at byte {} of {}", where, entry.end, data_size));
}

}  // namespace

std::map<std::string, Tensor> read_safetensors(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream || !std::filesystem::is_regular_file(file))
    throw DataError(fmt::format("{}: cannot be opened: {}", file, std::strerror(errno ? errno : EISDIR)));
  const Header header = read_header(stream, file);
  std::map<std::string, Tensor> tensors;
  for (const auto& [name, node] : header.json.items()) {
    if (name == "__metadata__") continue;
    const std::string where = fmt::format("{}: tensor '{}'", file, name);
    const Entry entry = parse_entry(node, where);
    check_extent(entry, header.data_size, where);
    Tensor tensor = at::empty(entry.shape, at::TensorOptions().dtype(entry.type));
    stream.seekg(static_cast<std::streamoff>(header.data_begin + entry.begin));
    stream.read(static_cast<char*>(tensor.data_ptr()), static_cast<std::streamsize>(entry.end - entry.begin));
    if (!stream) throw DataError(fmt::format("{}: read error", where));
    tensors.emplace(name, std::move(tensor));
  }
  return tensors;
}

void write_safetensors(const std::map<std::string, Tensor>& tensors, const std::string& file) {
  Json header = Json::object();
  std::uint64_t offset = 0;
  for (const auto& [name, tensor] : tensors) {
    const std::uint64_t end = offset + tensor.nbytes();
    header[name] = {{"dtype", name_of_type(tensor.scalar_type(), name)},
                    {"shape", tensor.sizes().vec()},
                    {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // data start aligned
  const std::uint64_t length = text.size();
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream.write(reinterpret_cast<const char*>(&length), sizeof length).write(text.data(), text.size());
  for (const auto& [name, tensor] : tensors) {
    const Tensor flat = tensor.detach().cpu().contiguous();
    stream.write(static_cast<const char*>(flat.data_ptr()), static_cast<std::streamsize>(flat.nbytes()));
  }
  stream.close();
  if (!stream) throw DataError(fmt::format("{}: cannot be written: {}", file, std::strerror(errno)));
}

}  // namespace assay
