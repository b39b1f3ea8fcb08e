#pragma once

#include <cstddef>
#include <map>

#include "harness/report/gain_cells.h"
#include "harness/report/published.h"
#include "harness/report/table.h"

namespace assay {

/// The figures that the paper's text gives beside Table 1, for one protocol and experiment, over all rows but
/// controls.
struct SideFigures {
  struct Growth {
    double steps = 0;       // mean over the values that CCG keeps; NaN when there is none
    double over_limit = 0;  // share, of those observed with a mask and with a base that lowers the confidence
  };
  std::map<double, Growth> growth;  // by rho
  double over_limit = 0;            // the same, of all rho
  double base_not_lower = 0;        // share of (image, base) where the base does not lower the confidence
  ConditionsHold hold;              // images whose conditions hold in every cell
};
SideFigures side_figures(const GainTable& table, const std::string& protocol, int experiment);

/// A column a figure: mean growth steps (of what CCG keeps), share over the growth limit, share of (image,
/// base) whose base does not lower the confidence, images whose conditions on confidences hold everywhere.
/// Published first, then a row a protocol.
Table side_figure_table(const GainTable& table, const Published& published);

}  // namespace assay
