#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

#include "harness/store/table.h"
#include "harness/store/unit_result.h"

namespace assay {

/// Who computed a run: the ranks of the last session in their order, then every other that computed a unit.
class Crew {
 public:
  /// `provenance` of a layout.
  explicit Crew(const Json& provenance);
  /// Counts a unit; the line of who computed it.
  std::int64_t add(const UnitResult& unit);
  void write(const h5::Tables& tables) const;

 private:
  using Who = std::tuple<int, int, Workplace>;  // rank, of so many, where
  struct Line {
    Who who;
    std::int64_t units = 0;
    double seconds = 0;
  };

  std::size_t line_of(const Who& who);

  std::map<Who, std::size_t> places_;
  std::vector<Line> lines_;
};

}  // namespace assay
