#include "harness/run/batches.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/core/first_line.h"
#include "harness/network/device.h"
#include "harness/network/tensor.h"

namespace assay {
namespace {

/// On a GPU last bits depend on the batch.
void remark_batch(int batch, int wanted, UnitResult& result) {
  const std::string remark =
      fmt::format("computed in batches of {} instead of {}: memory ran out", batch, wanted);
  const auto note = [&](auto& row) {
    if (row.status == Status::ok || row.status == Status::suspect)
      row.reason += (row.reason.empty() ? "" : "; ") + remark;
  };
  std::ranges::for_each(result.samples, note);
  std::ranges::for_each(result.explanations, note);
  for (ObservationRow& row : result.observations) note(row.record);
}

}  // namespace

void BatchLimit::halve(int batch, at::Device device, const std::string& reason) {
  limit_ = static_cast<int>(halved_batch(batch, device));
  faults_.push_back(
      fmt::format("memory ran out with batches of {}, computed again with {}: {}", batch, limit_, reason));
}

UnitResult execute(const Plan& plan, const Unit& unit, const Network& network, at::Device device,
                   std::span<const Decoded> images, BatchLimit& limit) {
  Numerics numerics = numerics_of(plan, plan.experiments[unit.experiment], device);
  const int wanted = numerics.batch;
  for (;;) {
    numerics.batch = limit.of(wanted);
    try {
      UnitResult result = execute_in_batches(plan, unit, network, numerics, images);
      if (numerics.batch < wanted && !device.is_cpu()) remark_batch(numerics.batch, wanted, result);
      return result;
    } catch (const std::exception& error) {
      if (!calls_for_smaller_batch(error, numerics.batch, device)) throw;
      limit.halve(numerics.batch, device, first_line(error.what()));
    }
  }
}

}  // namespace assay
