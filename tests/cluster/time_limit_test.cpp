#include "harness/cluster/time_limit.h"

#include <gmock/gmock.h>

namespace assay {
namespace {

TEST(TimeLimit, IsReadAsSlurmWritesIt) {
  EXPECT_EQ(seconds_of_limit("00:01:00"), 60);
  EXPECT_EQ(seconds_of_limit("24:00:00"), 86400);
  EXPECT_EQ(seconds_of_limit("2-03:04:05"), 2 * 86400 + 3 * 3600 + 4 * 60 + 5);
}

TEST(TimeLimit, OtherTextIsNone) {
  for (const char* text : {"", "90", "01:30", "1:00:00", "00:60:00", "00:00:60", "1-24:00:00", "-00:10:00",
                           "x-00:10:00", "00:10:0x", "00:10:00 ", "+1:00:00", "00:-1:00"})
    EXPECT_EQ(seconds_of_limit(text), std::nullopt) << text;
}

TEST(TimeLimit, TextAndBack) {
  EXPECT_EQ(limit_text(59), "00:00:59");
  EXPECT_EQ(limit_text(86399), "23:59:59");
  EXPECT_EQ(limit_text(86400), "1-00:00:00");
  for (const std::int64_t seconds : {0, 61, 3600, 86400, 1234567})
    EXPECT_EQ(seconds_of_limit(limit_text(seconds)), seconds);
}

}  // namespace
}  // namespace assay
