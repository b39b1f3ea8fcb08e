#include <c10/core/CPUAllocator.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include <utility>

#include "harness/network/device.h"
#include "harness/network/tensor.h"
#include "tests/run/unit_world.h"

namespace assay {
namespace {

using test::kMethods;
using test::kMetric;
using test::plan;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A method that needs memory that batches of more than `batch` do not leave.
class Hungry : public Method {
 public:
  Hungry(std::shared_ptr<const Method> method, int batch) : method_(std::move(method)), batch_(batch) {}
  Attribution attribute(Subject& subject, std::span<const Query> queries) const override {
    if (subject.batch() > batch_) throw std::runtime_error("CUDA out of memory. Tried to allocate 2 GiB");
    return method_->attribute(subject, queries);
  }
  Cost price(const Network&) const override { return {}; }

 private:
  std::shared_ptr<const Method> method_;
  int batch_;
};

Plan with_hungry(Plan plan, int batch) {
  auto roster = std::make_shared<Roster>(*plan.experiments[0].roster);
  roster->raws[0].method = std::make_shared<Hungry>(roster->raws[0].method, batch);
  plan.experiments[0].roster = roster;
  return plan;
}

void expect_same_records(const UnitResult& a, const UnitResult& b) {
  ASSERT_EQ(a.observations.size(), b.observations.size());
  for (std::size_t i = 0; i < a.observations.size(); ++i) {
    EXPECT_TRUE(test::same_numbers(a.observations[i].record, b.observations[i].record)) << i;
    EXPECT_EQ(a.observations[i].record.reason, b.observations[i].record.reason);
  }
}

UnitResult compute_within(const Plan& plan, BatchLimit& limit) {
  const Unit unit = units_of(plan, {})[0];
  return execute(plan, unit, plan.experiments[0].network, at::kCPU, test::images_of(plan, unit), limit);
}

TEST(ExecuteMemory, BatchesAreHalvedAndTheBitsAreThoseOfAnEasyRun) {
  const Plan easy = plan(kMethods + kMetric, {"numerics.batch=8"});
  BatchLimit limit, none;
  const UnitResult result = compute_within(with_hungry(easy, 3), limit);
  EXPECT_EQ(limit.of(8), 2);
  EXPECT_THAT(limit.take_faults(),
              ElementsAre(HasSubstr("memory ran out with batches of 8, computed again with 4: CUDA out of"),
                          HasSubstr("memory ran out with batches of 4, computed again with 2: CUDA out of")));
  expect_same_records(result, compute_within(easy, none));
  EXPECT_THAT(none.take_faults(), IsEmpty());
}

/// Five twins, five gradients and six channels: batches that do not come out even.
TEST(ExecuteMemory, NoRowIsLeftAloneInABatchThatWasHalved) {
  const Plan easy = plan(
      "methods:\n"
      "  - {method: smooth-grad, samples: 5}\n"
      "  - {method: ablation-cam}\n"
      "metrics: [{metric: aopc, region: 4, steps: 4, repeats: 5}]\n",
      {"numerics.batch=8"});
  for (const int batch : {5, 4, 2}) {
    BatchLimit limit, none;
    const UnitResult result = compute_within(with_hungry(easy, batch), limit);
    EXPECT_EQ(limit.of(8), batch == 2 ? 2 : 4);
    expect_same_records(result, compute_within(easy, none));
  }
}

TEST(ExecuteMemory, TheNextUnitBeginsWithTheSmallerBatch) {
  const Plan hungry = with_hungry(plan(kMethods + kMetric, {"numerics.batch=8"}), 4);
  BatchLimit limit;
  compute_within(hungry, limit);
  EXPECT_EQ(limit.take_faults().size(), 1u);
  compute_within(hungry, limit);
  EXPECT_THAT(limit.take_faults(), IsEmpty());
}

TEST(ExecuteMemory, WhereNoBatchIsSmallEnoughTheRecordsSaySo) {
  const Plan hungry = with_hungry(plan(kMethods + kMetric, {"numerics.batch=8"}), 0);
  BatchLimit limit;
  const UnitResult result = compute_within(hungry, limit);
  EXPECT_EQ(limit.of(8), 2);
  EXPECT_EQ(result.explanations[0].status, Status::failed);
  EXPECT_EQ(result.explanations[0].reason, "occ: CUDA out of memory. Tried to allocate 2 GiB");
  EXPECT_EQ(result.explanations[1].status, Status::ok);
}

/// LibTorch's allocator, but that it has no block of `bytes` or more. Which of the functions override depends
/// on LibTorch's version.
class Scarce : public c10::Allocator {
 public:
  explicit Scarce(std::size_t bytes) : bytes_(bytes), whole_(c10::GetCPUAllocator()) {
    c10::SetCPUAllocator(this);
  }
  ~Scarce() { c10::SetCPUAllocator(whole_); }
  c10::DataPtr allocate(std::size_t bytes) const {
    if (bytes >= bytes_) throw std::bad_alloc();
    largest_ = std::max(largest_, bytes);
    return whole_->allocate(bytes);
  }
  c10::DataPtr allocate(std::size_t bytes) { return std::as_const(*this).allocate(bytes); }
  void copy_data(void* to, const void* from, std::size_t count) const { std::memcpy(to, from, count); }
  std::size_t largest() const { return largest_; }
  c10::DeleterFnPtr raw_deleter() const { return whole_->raw_deleter(); }

 private:
  std::size_t bytes_;
  mutable std::size_t largest_ = 0;
  c10::Allocator* whole_;
};

/// Bytes of the largest block that a unit needs.
std::size_t largest_block(const Plan& plan) {
  BatchLimit none;
  const Scarce enough(std::numeric_limits<std::size_t>::max());
  compute_within(plan, none);
  return enough.largest();
}

TEST(ExecuteMemory, AnAllocatorThatHasNoBlockForABatch) {
  const Plan made = plan("methods: [{method: grad}]\n" + kMetric, {"numerics.batch=16"});
  BatchLimit limit, none;
  const UnitResult easy = compute_within(made, none);
  UnitResult result;
  {
    const Scarce scarce(largest_block(made));
    result = compute_within(made, limit);
  }
  EXPECT_LT(limit.of(16), 16);
  EXPECT_THAT(limit.take_faults(), testing::Not(IsEmpty()));
  expect_same_records(result, easy);
}

TEST(OutOfMemory, IsKnownByTypeAndByWhatLibrariesSay) {
  EXPECT_TRUE(is_out_of_memory(std::bad_alloc()));
  EXPECT_TRUE(is_out_of_memory(c10::OutOfMemoryError(c10::SourceLocation{"f", "f.cpp", 1}, "no room")));
  for (const char* saying :
       {"CUDA out of memory. Tried to allocate 20.00 MiB (GPU 0)", "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
        "DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"})
    EXPECT_TRUE(is_out_of_memory(std::runtime_error(saying))) << saying;
  EXPECT_FALSE(is_out_of_memory(std::runtime_error("shapes differ")));
}

TEST(OutOfMemory, BatchesAreHalvedDownToOneAndOnACpuToTwo) {
  EXPECT_EQ(halved_batch(32, at::kCPU), 16);
  EXPECT_EQ(halved_batch(5, at::kCPU), 2);
  EXPECT_EQ(halved_batch(3, at::kCPU), 0);
  EXPECT_EQ(halved_batch(2, at::kCUDA), 1);
  EXPECT_EQ(halved_batch(1, at::kCUDA), 0);
}

TEST(NextGroup, LeavesNoImageAlone) {
  for (const std::int64_t batch : {2, 3, 4, 8})
    for (std::int64_t n = 2; n < 40; ++n)
      for (std::int64_t left = n, group = 0; left > 0; left -= group) {
        group = next_group(left, batch);
        EXPECT_GT(group, 1) << n << " in batches of " << batch;
        EXPECT_LE(group, std::min(left, largest_group(batch)));
      }
  EXPECT_EQ(next_group(1, 8), 1);
  EXPECT_EQ(next_group(2, 1), 1);
  EXPECT_EQ(next_group(9, 4), 4);
  EXPECT_EQ(next_group(5, 4), 3);
}

}  // namespace
}  // namespace assay
