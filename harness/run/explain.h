#pragma once

#include <exception>
#include <map>
#include <string>
#include <vector>

#include "harness/data/decode.h"
#include "harness/run/roster.h"
#include "harness/store/unit_result.h"

namespace assay {

/// What is known of one explanation of one sample.
struct Verdict {
  Status status = Status::ok;
  std::string reason;
  Cost cost;
  MapFigures figures;
  bool usable() const { return status == Status::ok || status == Status::suspect; }
  /// A sample that failed or was skipped keeps its first reason.
  void set(Status worse, const std::string& why);
};

/// One explanation under way in a unit. Queries belong to the samples at `positions` of the unit.
struct Working {
  const PlannedExplanation* planned = nullptr;
  std::vector<Verdict> verdicts;  // by sample of the unit
  Explanation explanation;        // maps [Q,H,W]
  std::vector<int> positions;     // by query
};

/// Makes the maps, at the network's input size and on the subject's device, of the queries of `working` (by
/// explanation of the roster). Each raw attribution is made once and viewed by every explanation that needs
/// it. What a method could not do becomes a verdict, but for memory that ran out and smaller batches may not
/// (calls_for_smaller_batch): that is thrown; afterwards queries, positions and maps are those that
/// metrics may see. The roster must outlive the explanations, which can be made again from it.
void explain(Subject& subject, const Roster& roster, std::map<int, Working>& working);

/// Adds what is known of a sample's image, which is `image` of its block: geometry, regions, objects. Once
/// for all samples that share it. Regions of classes that the network does not know are nobody's.
void add_truth(const Sample& sample, const Decoded& decoded, const Network& network, std::int64_t image,
               Truth& truth);

/// The reason of a DataError without the path it begins with: results do not say where the data lie.
std::string without_path(const std::string& reason, const std::string& path);

}  // namespace assay
