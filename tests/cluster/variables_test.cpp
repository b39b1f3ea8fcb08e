#include "harness/cluster/variables.h"

#include <gmock/gmock.h>

#include <cstdlib>

namespace assay {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(Variables, AreThoseThatAreCalledAndSet) {
  setenv("ASSAY_TEST_ONE", "1", 1);
  setenv("ASSAY_TEST_TWO", "it's", 1);
  unsetenv("ASSAY_TEST_NONE");
  EXPECT_THAT(
      variables_of({"a: ${ASSAY_TEST_TWO}/x ${ASSAY_TEST_NONE}", "${ASSAY_TEST_ONE}${ASSAY_TEST_TWO} ${"}),
      ElementsAre(Pair("ASSAY_TEST_ONE", "1"), Pair("ASSAY_TEST_TWO", "it's")));
}

TEST(Variables, OfCommentsAreNone) {
  EXPECT_EQ(without_comments("# all\na: 1  # rest\nb: x#y\nc: \"# '\" # rest\n"),
            "\na: 1  \nb: x#y\nc: \"# '\" \n");
  EXPECT_EQ(without_comments("a: it's # kept\n"), "a: it's # kept\n");
}

}  // namespace
}  // namespace assay
