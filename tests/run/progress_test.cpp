#include "harness/run/progress.h"

#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <cmath>
#include <memory>
#include <string>

namespace {

using assay::Progress;
using assay::readable_duration;

/// A clock that stands still until it is moved.
struct Clock {
  std::shared_ptr<double> seconds = std::make_shared<double>(0);
  Progress::Time operator()() const {
    return Progress::Time(
        std::chrono::duration_cast<Progress::Time::duration>(std::chrono::duration<double>(*seconds)));
  }
};

std::string content_of(std::FILE* file) {
  std::string text(static_cast<std::size_t>(std::ftell(file)), '\0');
  std::rewind(file);
  text.resize(std::fread(text.data(), 1, text.size(), file));
  return text;
}

/// Of a terminal, whose text comes in pieces, up to the end of its first line.
std::string line_of(int terminal) {
  std::string text;
  char next = 0;
  while (!text.ends_with('\n') && read(terminal, &next, 1) == 1) text += next;
  return text;
}

TEST(Progress, PlainLinesEveryTenSecondsWithTimeLeftByPrice) {
  std::FILE* file = std::tmpfile();
  Clock clock;
  Progress progress("table1", 100, 4, file, clock);
  *clock.seconds = 9;
  progress.add(10);
  *clock.seconds = 12;
  progress.add(30);  // 40 % in 12 s: 18 s for the rest
  *clock.seconds = 15;
  progress.add(30);
  *clock.seconds = 30;
  progress.add(30);
  progress.finish();
  EXPECT_EQ(content_of(file), "table1: 2 / 4 (40 %), 10.0/min, 18 s left\ntable1: 4 / 4 in 30 s\n");
  std::fclose(file);
}

TEST(Progress, SaysWhatStoppedItAlsoWhenShort) {
  std::FILE* file = std::tmpfile();
  Clock clock;
  Progress progress("table1", 4, 4, file, clock);
  progress.add(1);
  *clock.seconds = 1;
  progress.stop("SIGUSR1");
  EXPECT_EQ(content_of(file), "table1: 1 / 4 in 1 s, stopped by SIGUSR1\n");
  std::fclose(file);
}

TEST(Progress, SilentWhenShort) {
  std::FILE* file = std::tmpfile();
  Clock clock;
  Progress progress("short", 2, 2, file, clock);
  *clock.seconds = 1.9;
  progress.add(1);
  progress.add(1);
  progress.finish();
  EXPECT_EQ(content_of(file), "");
  std::fclose(file);
}

TEST(Progress, RewritesOneLineOnATerminal) {
  int master = -1, slave = -1;
  ASSERT_EQ(openpty(&master, &slave, nullptr, nullptr, nullptr), 0);
  std::FILE* terminal = fdopen(slave, "w");
  Clock clock;
  Progress progress("table1", 4, 4, terminal, clock);
  *clock.seconds = 2;
  progress.add(1);
  *clock.seconds = 2.1;  // too soon
  progress.add(1);
  *clock.seconds = 3;
  progress.add(1);
  progress.add(1);
  progress.finish();
  EXPECT_EQ(line_of(master),
            "\rtable1: 1 / 4 (25 %), 30.0/min, 6 s left\033[K\rtable1: 3 / 4 (75 %), 1.0/s, 1 s left\033[K"
            "\rtable1: 4 / 4 in 3 s\033[K\r\n");
  std::fclose(terminal);
  close(master);
}

TEST(Progress, ReadableDuration) {
  EXPECT_EQ(readable_duration(12.4), "12 s");
  EXPECT_EQ(readable_duration(59.6), "1 min 00 s");
  EXPECT_EQ(readable_duration(200), "3 min 20 s");
  EXPECT_EQ(readable_duration(3720), "1 h 02 min");
  EXPECT_EQ(readable_duration(INFINITY), "?");
}

}  // namespace
