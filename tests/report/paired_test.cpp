#include "harness/report/paired.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>

#include "harness/report/lines.h"
#include "tests/report/made_up.h"

namespace assay {
namespace {

TEST(MeansByImage, AverageWhatIsANumber) {
  const double none = std::nan("");
  EXPECT_THAT(means_by_image({1, none, 3, none, 8, 2}, {0, 0, 1, 2, 1, 3}), testing::ElementsAre(1, 5.5, 2));
  EXPECT_TRUE(means_by_image({none}, {0}).empty());
}

/// Ten samples, two a picture, or pictures of their own; of the second row's differences one of each picture
/// is larger and the other smaller than 0.
Line second_row(bool share) {
  test::MadeUp study;
  study.protocol("paper");
  study.experiment("d", "n", 10);
  std::vector<Record> high, low;
  for (int i = 0; i < 10; ++i) {
    if (share)
      study.observed.samples[0][static_cast<std::size_t>(i)].image = fmt::format("picture {}", i / 2);
    high.push_back(test::record({.full = 1, .base = 0, .hybrid = 0.5}));
    low.push_back(test::record({.full = 1, .base = 0, .hybrid = i % 2 ? 0.51 : 0.3 - 0.01 * i}));
  }
  study.row("paper", "high", study.cell(study.explanation("occ"), 0.25, "zero", high));
  study.row("paper", "low", study.cell(study.explanation("grad"), 0.25, "zero", low));
  ReportOptions options;
  options.metrics = {"SCG"};
  const GainTable table = score_cells(study.observed, options);
  return lines_of(table, {}, options, false).at(1);
}

TEST(PairedRows, SamplesOfOnePictureAreOneObservation) {
  EXPECT_NEAR(*second_row(true).p, 2.0 / 32, 1e-12);  // five pictures of one sign
  // ranks 1..5 shared by the five of 0.01, against 6..10: the sum of the negative signs is 15
  EXPECT_GT(*second_row(false).p, 0.1);
}

}  // namespace
}  // namespace assay
