#include "harness/report/region_shares.h"

#include <cmath>
#include <map>
#include <tuple>

#include "metrics/region_overlap_scores.h"

namespace assay {
namespace {

/// Protocol, experiment, row, rho, mask rule.
using Key = std::tuple<std::string, int, std::string, double, std::string>;

RegionShare share_of(const std::vector<Record>& records) {
  RegionShare share;
  for (const Record& record : records) {
    const OverlapObservation seen = overlap_observation(record.values);
    const double on_region = share_on_region(seen);
    if (std::isnan(on_region) || record.status == Status::skipped) continue;
    share.on_region += on_region;
    share.area += region_area(seen);
    ++share.images;
  }
  const auto count = static_cast<double>(share.images);
  share.on_region /= count;
  share.area /= count;
  return share;
}

std::map<Key, RegionShare> shares_of(const Observed& observed) {
  std::map<Key, RegionShare> shares;
  for (const RowInfo& row : observed.layout.rows) {
    const CellInfo& cell = observed.layout.cells.at(row.cell);
    if (cell.metric != "region-overlap") continue;
    const int experiment = observed.layout.explanations.at(cell.explanation).experiment;
    const double rho = cell.settings.at("rho").get<double>();
    shares[{row.protocol, experiment, row.name, rho, mask_rule_text(cell.settings)}] =
        share_of(observed.records.at(row.cell));
  }
  return shares;
}

}  // namespace

void add_region_shares(std::vector<GainCell>& cells, const Observed& observed) {
  const std::map<Key, RegionShare> shares = shares_of(observed);
  for (GainCell& cell : cells)
    if (const auto share = shares.find({cell.protocol, cell.experiment, cell.row, cell.rho, cell.mask_rule});
        share != shares.end())
      cell.mask = share->second;
}

}  // namespace assay
