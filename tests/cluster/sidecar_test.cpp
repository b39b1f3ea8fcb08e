#include "harness/cluster/sidecar.h"

#include <gtest/gtest.h>

#include "harness/core/error.h"
#include "tests/error_text.h"
#include "tests/temporary_folder.h"

namespace assay {
namespace {

TEST(Sidecar, IsThatOfTheImagesOrElseThatOfTheNetwork) {
  const test::TemporaryFolder folder;
  const auto find = [&] { return sidecar_of(folder / "net", folder / "val", {"toy", "net"}); };
  EXPECT_FALSE(find());
  folder.write("net/predictions.csv", "file,top1,right,p_true\n1.png,3,1,0.9\n");
  ASSERT_TRUE(find());
  EXPECT_EQ(find()->file, folder / "net/predictions.csv");
  EXPECT_EQ(find()->top1, (std::map<std::string, std::int64_t>{{"1.png", 3}}));
  folder.write("val/predictions.csv",
               "file,other:top1,net:top1_output_index,net:top1_correct\na/1.png,5,7,1\n2.png,5,,\n");
  EXPECT_EQ(find()->file, folder / "val/predictions.csv");
  EXPECT_EQ(find()->top1, (std::map<std::string, std::int64_t>{{"1.png", 7}}));
}

TEST(Sidecar, OfOtherNetworksSaysNothing) {
  const test::TemporaryFolder folder;
  folder.write("val/predictions.csv", "file,other:top1\n1.png,5\n");
  EXPECT_FALSE(sidecar_of(folder / "net", folder / "val", {"toy"}));
}

TEST(Sidecar, ABrokenLineIsNamed) {
  const test::TemporaryFolder folder;
  const std::string file = folder.write("val/predictions.csv", "file,toy:top1\n1.png,5\n2.png\n");
  EXPECT_EQ(test::error_text<DataError>([&] { sidecar_of("", folder / "val", {"toy"}); }),
            file + ":3: 1 fields where the first line names 2");
}

}  // namespace
}  // namespace assay
