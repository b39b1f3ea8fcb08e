#include "harness/run/interruption.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

namespace assay {
namespace {

/// How a child that does this ends: its exit status, or minus the signal that ended it.
int end_of(const std::function<void()>& act) {
  const pid_t child = fork();
  if (child == 0) {
    act();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

TEST(Interruption, NotesTheFirstSignalAndGoesOn) {
  for (const auto& [number, name] :
       {std::pair(SIGTERM, "SIGTERM"), std::pair(SIGUSR1, "SIGUSR1"), std::pair(SIGINT, "SIGINT")}) {
    const Interruption interruption;
    EXPECT_FALSE(interruption.requested());
    EXPECT_EQ(interruption.name(), "");
    raise(number);
    EXPECT_TRUE(interruption.requested());
    EXPECT_EQ(interruption.name(), name);
    if (number != SIGUSR1) raise(SIGUSR1);
    EXPECT_EQ(interruption.name(), name);
  }
}

TEST(Interruption, ASecondSigintEndsTheProcessOtherSignalsDoNot) {
  EXPECT_EQ(end_of([] {
              const Interruption interruption;
              raise(SIGINT);
              raise(SIGINT);
            }),
            -SIGINT);
  EXPECT_EQ(end_of([] {
              const Interruption interruption;
              for (int i = 0; i < 3; ++i) raise(SIGTERM);
            }),
            0);
}

TEST(Interruption, AfterwardsSignalsDoWhatTheyDidBefore) {
  EXPECT_EQ(end_of([] {
              { const Interruption interruption; }
              raise(SIGTERM);
            }),
            -SIGTERM);
}

}  // namespace
}  // namespace assay
