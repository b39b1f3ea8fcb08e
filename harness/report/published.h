#pragma once

#include <optional>
#include <string>
#include <vector>

namespace assay {

/// One value of the published Table 1, x100 as printed.
struct PublishedValue {
  std::string method;   // "occ 10", "C-MWP+grad"
  double rho = 0;       // 0.25
  std::string metric;   // SCG | CCG
  std::string dataset;  // Floor | Places
  std::string base;     // G | Z
  double value = 0;
};

/// One figure of the published text. Empty rho or dataset = all.
struct PublishedFigure {
  std::string
      figure;  // growth_steps_mean | share_over_growth_limit | share_base_not_lower | images_kept | ...
  std::optional<double> rho;
  std::string dataset;
  std::string relation;  // about | below | exact
  double value = 0;
  std::optional<double> of;  // images_kept: out of how many
};

struct Published {
  std::vector<PublishedValue> values;
  std::vector<PublishedFigure> figures;

  std::optional<double> find(const PublishedValue& where) const;  // `where.value` is ignored
};

/// Reads scg-ccg-table1.csv and scg-ccg-side-figures.csv of a folder; empty = results/published beside the
/// program's source, nothing when that is gone. Lines that start with # are remarks. Throws DataError with
/// file and line.
Published read_published(const std::string& folder);

}  // namespace assay
