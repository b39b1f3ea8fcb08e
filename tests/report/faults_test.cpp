#include <gmock/gmock.h>

#include "harness/report/document.h"
#include "tests/report/made_up.h"

namespace assay {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string report_on(const Observed& observed, bool details) {
  ReportOptions options;
  options.details = details;
  options.resamples = 20;
  return render(document_of(observed, options), "text");
}

TEST(Faults, AreListedInTheDetailsOnceWithTheirNumber) {
  Observed observed = test::one_cell().observed;
  EXPECT_THAT(report_on(observed, true), Not(HasSubstr("Faults")));
  observed.faults = {{"2026-11-22T05:00:00Z", "n1", 0, "killed"},
                     {"2026-11-22T06:00:00Z", "n2", 3, "no room"},
                     {"2026-11-22T07:00:00Z", "n1", 1, "no room"}};
  EXPECT_THAT(report_on(observed, false), Not(HasSubstr("Faults")));
  EXPECT_THAT(report_on(observed, false), HasSubstr("the run survived 3 faults (--details)\n"));
  EXPECT_THAT(report_on(observed, true), HasSubstr("Faults that the run survived"));
  EXPECT_THAT(report_on(observed, true), HasSubstr("2026-11-22T05:00:00Z n1 rank 0: killed\n"));
  EXPECT_THAT(report_on(observed, true), HasSubstr("2026-11-22T06:00:00Z n2 rank 3: no room (2 times)\n"));
  EXPECT_THAT(report_on(observed, true), Not(HasSubstr("07:00:00")));
}

TEST(Faults, ARecordWithARemarkIsMentioned) {
  Observed observed = test::one_cell().observed;
  observed.records[0][0].reason = "computed in batches of 16 instead of 32: memory ran out";
  EXPECT_THAT(report_on(observed, false),
              HasSubstr("1 of 7 ok (computed in batches of 16 instead of 32: memory"));
}

}  // namespace
}  // namespace assay
