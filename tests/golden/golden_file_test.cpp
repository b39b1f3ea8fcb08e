#include "tests/golden/golden_file.h"

#include "tests/pack.h"

namespace assay::test {
namespace {

TEST(GoldenFile, ReadsAttributesDatasetsAndTables) {
  ASSAY_NEEDS_GOLDEN();
  const GoldenFile file(golden() + "/resnet20_cifar10.h5");
  EXPECT_EQ(file.text("/", "network"), "resnet20_cifar10");
  EXPECT_EQ(file.integers("/", "occ_patches"), (std::vector<std::int64_t>{4, 8, 16}));
  EXPECT_DOUBLE_EQ(file.number("/", "gaussian_sigma"), 1.1);
  const auto images = file.children("images");
  ASSERT_EQ(images.size(), 4u);
  EXPECT_EQ(images[0], "airplane_0008");
  EXPECT_TRUE(file.has("images/airplane_0008/paper/maps/grad0"));
  EXPECT_FALSE(file.has("images/airplane_0008/paper/maps/grad99"));

  const Tensor pixels = file.tensor("images/airplane_0008/pixels");
  EXPECT_EQ(pixels.scalar_type(), at::kByte);
  EXPECT_EQ(pixels.sizes(), (std::vector<std::int64_t>{3, 32, 32}));
  EXPECT_EQ(file.tensor("images/airplane_0008/paper/coarse/cmwp").scalar_type(), at::kDouble);

  const auto rows = file.table("images/airplane_0008/scores");
  ASSERT_EQ(rows.size(), 136u);
  for (const auto& row : rows) {
    EXPECT_TRUE(row.text("protocol") == "paper" || row.text("protocol") == "authors-code");
    EXPECT_TRUE(row.number("rho") == 0.25 || row.number("rho") == 0.05);
    if (row.text("protocol") == "paper" && row.text("reason_scg").empty())
      EXPECT_NEAR(
          row.number("scg"),
          (row.number("p_hybrid") - row.number("p_base")) / (row.number("p_full") - row.number("p_base")),
          1e-9);
  }
}

TEST(GoldenFile, SaysWhatIsMissing) {
  ASSAY_NEEDS_GOLDEN();
  const GoldenFile file(golden() + "/resnet20_cifar10.h5");
  EXPECT_THROW(file.tensor("images/nobody/pixels"), std::runtime_error);
  EXPECT_THROW(file.text("/", "nothing"), std::runtime_error);
  EXPECT_THROW(GoldenFile("/nowhere.h5"), std::runtime_error);
}

}  // namespace
}  // namespace assay::test
