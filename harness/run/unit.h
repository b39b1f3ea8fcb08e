#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "harness/data/decode.h"
#include "harness/run/plan.h"
#include "harness/store/journal.h"
#include "harness/store/unit_result.h"

namespace assay {

/// What is dealt to a rank: cells still missing for neighbouring samples of one experiment.
struct Unit {
  int experiment = 0;        // index into Plan::experiments
  std::vector<int> samples;  // indices into its samples
  std::vector<int> cells;    // indices into its roster's cells
  bool operator==(const Unit&) const = default;
};

/// Units of one experiment that computed the same cells.
struct Spent {
  std::string experiment;          // id
  std::vector<std::string> cells;  // ids
  std::size_t units = 0;
  std::size_t samples = 0;  // those that could be read
  double seconds = 0;
};

/// What journals hold already.
class Finished {
 public:
  /// With `again`, failed records do not count.
  void add(const UnitResult& unit, bool again = false);
  /// The time that went into it; units without a readable sample are left out.
  const std::vector<Spent>& spent() const { return spent_; }
  /// Reads every journal of an output folder; a missing folder has none.
  static Finished of_folder(const std::string& folder, bool again = false);
  /// What is wrong with the journals, one line each: "FILE: ...".
  const std::vector<std::string>& damage() const { return damage_; }
  /// Journals that end in what is no whole unit, and the bytes before that.
  const std::map<std::string, std::uint64_t>& torn() const { return torn_; }
  bool holds(const std::string& experiment, const std::string& cell, const std::string& sample) const;

 private:
  void note_time(const UnitResult& unit);
  void note_damage(const std::string& journal, const JournalExtent& extent);
  struct Low {
    std::size_t operator()(const Hash& hash) const { return hash.low; }
  };
  std::unordered_set<Hash, Low> keys_;  // of experiment, cell, sample
  std::vector<Spent> spent_;
  std::vector<std::string> damage_;
  std::map<std::string, std::uint64_t> torn_;
};

/// The units of a plan in its order: the samples of `plan.block` neighbouring pictures each, parted where
/// they miss different cells. What is finished is struck out; units with nothing missing are left out.
std::vector<Unit> units_of(const Plan& plan, const Finished& finished);

/// What units will cost (an estimate, without seconds).
struct Price {
  std::map<std::string, Cost> methods, metrics;  // by name
  /// What of `metrics` is methods that explain again, at their own pace: by metric and method.
  std::map<std::string, std::map<std::string, Cost>> again = {};
  std::int64_t padded = 0;  // forwards of the images themselves, batches filled up
  Price& operator+=(const Price& other);
  /// Of all methods and metrics; a backward counts as two forwards.
  double passes() const;
};
Price price_of(const Plan& plan, const Unit& unit);
/// Calls `visit(unit, price)` for every unit. Those like the one before are not priced again: of a million
/// units nearly all are.
void price_each(const Plan& plan, std::span<const Unit> units,
                const std::function<void(const Unit& unit, const Price& price)>& visit);
/// By unit the multiply-adds that it will do: comparable between networks.
std::vector<double> weights_of(const Plan& plan, std::span<const Unit> units);

/// Units as bytes and back: rank 0 decides, the others, which run the same program, are told.
std::string pack_units(std::span<const Unit> units);
std::vector<Unit> unpack_units(const std::string& text);

/// How many images a forward of one experiment may have on this rank: fewer each time memory runs out.
class BatchLimit {
 public:
  int of(int batch) const { return limit_ > 0 ? std::min(batch, limit_) : batch; }
  /// From now on half of `batch`, which was too much: a fault, with its reason.
  void halve(int batch, at::Device device, const std::string& reason);
  /// What was noted since the last call.
  std::vector<std::string> take_faults() { return std::exchange(faults_, {}); }

 private:
  int limit_ = 0;  // 0: none
  std::vector<std::string> faults_;
};

/// Computes a unit. `images` are the decoded samples of the unit, in its order; samples that share an image
/// (share_image) are predicted once. There is a row for each
/// sample, each explanation needed x sample and each cell x sample, whatever happened: what could not be
/// computed has a status and its reason. Provenance (rank, host, date) is left to the caller.
/// Where memory runs out, the whole unit is computed again in batches of half as many images, and the units
/// after it with this `limit` too. On a CPU that changes no bit; on a GPU the rows say it in their reason.
UnitResult execute(const Plan& plan, const Unit& unit, const Network& network, at::Device device,
                   std::span<const Decoded> images, BatchLimit& limit);

}  // namespace assay
