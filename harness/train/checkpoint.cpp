#include "harness/train/checkpoint.h"

#include <fmt/format.h>

#include <filesystem>

#include "harness/core/error.h"
#include "harness/network/safetensors.h"
#include "harness/store/files.h"

namespace assay {
namespace {

constexpr std::int64_t kColumns = 9;

std::string temporary_of(const std::string& file) {
  return file + ".tmp";
}

Tensor table_of(const std::vector<EpochRow>& rows) {
  const Tensor table = at::empty({std::ssize(rows), kColumns}, at::kDouble);
  double* next = table.data_ptr<double>();
  for (const EpochRow& r : rows)
    for (const double value : {static_cast<double>(r.epoch), r.rate, r.loss, r.contrastive, r.cross_entropy,
                               r.accuracy, r.verified, r.verified_loss, r.seconds})
      *next++ = value;
  return table;
}

std::vector<EpochRow> rows_of(const Tensor& table, const std::string& file) {
  if (table.scalar_type() != at::kDouble || table.dim() != 2 || table.size(1) != kColumns)
    throw DataError(fmt::format("{}: tensor 'rows' is not [epochs,{}] in double", file, kColumns));
  std::vector<EpochRow> rows;
  for (std::int64_t i = 0; i < table.size(0); ++i) {
    const double* v = table.data_ptr<double>() + i * kColumns;
    rows.push_back({static_cast<std::int64_t>(v[0]), v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8]});
  }
  return rows;
}

Tensor bytes_of(const Hash& hash) {
  const Tensor bytes = at::empty({2}, at::kLong);
  bytes.data_ptr<std::int64_t>()[0] = static_cast<std::int64_t>(hash.high);
  bytes.data_ptr<std::int64_t>()[1] = static_cast<std::int64_t>(hash.low);
  return bytes;
}

using Tensors = std::map<std::string, Tensor>;

const Tensor& tensor_of(const Tensors& tensors, const std::string& name, const std::string& file) {
  const auto found = tensors.find(name);
  if (found == tensors.end())
    throw DataError(fmt::format("{}: no tensor '{}'; not a checkpoint", file, name));
  return found->second;
}

}  // namespace

void save_checkpoint(const TrainingState& state, const Hash& identity, const std::string& file) {
  Tensors tensors{{"identity", bytes_of(identity)}, {"rows", table_of(state.rows)}};
  for (std::size_t i = 0; i < state.parameters.size(); ++i) {
    tensors[fmt::format("parameter.{}", i)] = state.parameters[i];
    tensors[fmt::format("velocity.{}", i)] = state.velocities[i];
  }
  write_safetensors(tensors, temporary_of(file));
  sync_and_rename(temporary_of(file), file);
}

std::optional<TrainingState> load_checkpoint(const Hash& identity, const std::string& file) {
  if (!std::filesystem::exists(file)) return std::nullopt;
  const Tensors tensors = read_safetensors(file);
  if (!tensor_of(tensors, "identity", file).equal(bytes_of(identity)))
    throw ConfigError(fmt::format(
        "{}: belongs to a training with other views or settings; give another folder, or --restart", file));
  TrainingState state;
  state.rows = rows_of(tensor_of(tensors, "rows", file), file);
  for (std::size_t i = 0; tensors.contains(fmt::format("parameter.{}", i)); ++i) {
    state.parameters.push_back(tensor_of(tensors, fmt::format("parameter.{}", i), file));
    state.velocities.push_back(tensor_of(tensors, fmt::format("velocity.{}", i), file));
  }
  return state;
}

void write_rows(const std::vector<EpochRow>& rows, const std::string& file) {
  std::string text = "epoch,rate,loss,contrastive,cross_entropy,accuracy,verified,verified_loss,seconds\n";
  for (const EpochRow& r : rows)
    text +=
        fmt::format("{},{:.6g},{:.6g},{:.6g},{:.6g},{:.4f},{:.4f},{:.6g},{:.1f}\n", r.epoch, r.rate, r.loss,
                    r.contrastive, r.cross_entropy, r.accuracy, r.verified, r.verified_loss, r.seconds);
  write_file(text, file);
}

}  // namespace assay
