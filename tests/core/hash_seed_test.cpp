#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>

#include "harness/core/error.h"
#include "harness/core/hash.h"
#include "harness/core/normal.h"
#include "harness/core/seed.h"

namespace assay {
namespace {

// The names of cells depend on these: they must never change. "" and "abc" are XXH3-128 with seed 0 as
// `xxhsum -H2` prints.
TEST(Hash, KnownValuesStayFixed) {
  EXPECT_EQ(hash_text("").hex(), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(hash_text("abc").hex(), "06b05ab6733a618578af5f94892f3950");
  EXPECT_EQ(hash_bytes("abcd", 3), hash_text("abc"));
  EXPECT_NE(hash_text("abc"), hash_text("abd"));
}

TEST(Hash, FileIsItsBytes) {
  const auto path = std::filesystem::temp_directory_path() / "assay_hash_test.bin";
  std::string content(3 << 20, 'x');  // more than one read
  content[1 << 20] = 'y';
  std::ofstream(path, std::ios::binary) << content;
  EXPECT_EQ(hash_file(path.string()), hash_text(content));
  std::filesystem::remove(path);
  try {
    hash_file(path.string());
    FAIL() << "a missing file was hashed";
  } catch (const DataError& error) {
    EXPECT_EQ(std::string(error.what()), path.string() + ": cannot be opened: No such file or directory");
  }
}

// Published first outputs of SplitMix64 with seed 1234567 (Rosetta Code, "Pseudo-random numbers/Splitmix64").
TEST(Random, IsSplitMix64) {
  Random random(1234567);
  EXPECT_EQ(random(), 6457827717110365317ULL);
  EXPECT_EQ(random(), 3203168211198807973ULL);
  EXPECT_EQ(random(), 9817491932198370423ULL);
  EXPECT_EQ(random(), 4593380528125082431ULL);
  EXPECT_EQ(random(), 16408922859458223821ULL);
}

TEST(Random, UniformIsInTheUnitIntervalAndFlat) {
  Random random(42);
  constexpr int kDraws = 100000;
  double sum = 0, squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double u = random.uniform();
    ASSERT_GE(u, 0);
    ASSERT_LT(u, 1);
    sum += u;
    squares += u * u;
  }
  EXPECT_NEAR(sum / kDraws, 1.0 / 2, 0.004);  // 4 standard errors
  EXPECT_NEAR(squares / kDraws, 1.0 / 3, 0.004);
}

TEST(Random, BelowCoversItsRangeEvenly) {
  Random random(9);
  std::vector<int> counts(7);
  for (int i = 0; i < 70000; ++i) ++counts.at(random.below(7));
  for (const int count : counts) EXPECT_NEAR(count, 10000, 400);
  EXPECT_EQ(random.below(1), 0u);
}

// By hand: sqrt(-2 log(1 - u)) times cosine and sine of 2 pi v.
TEST(Normal, IsBoxAndMullersPair) {
  Random uniform(5), source(5);
  Normal normal(source);
  for (int pair = 0; pair < 3; ++pair) {
    const double u = uniform.uniform(), v = uniform.uniform();
    const double radius = std::sqrt(-2 * std::log1p(-u)), angle = 2 * std::acos(-1.0) * v;
    EXPECT_NEAR(normal(), radius * std::cos(angle), 1e-12);
    EXPECT_NEAR(normal(), radius * std::sin(angle), 1e-12);
  }
}

TEST(Normal, HasTheMomentsOfTheStandardNormal) {
  Random random(11);
  Normal normal(random);
  constexpr int kDraws = 100000;
  double sum = 0, squares = 0, fourths = 0, products = 0, last = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double z = normal();
    sum += z;
    squares += z * z;
    fourths += z * z * z * z;
    products += z * last;
    last = z;
  }
  EXPECT_NEAR(sum / kDraws, 0, 0.013);  // 4 standard errors
  EXPECT_NEAR(squares / kDraws, 1, 0.018);
  EXPECT_NEAR(fourths / kDraws, 3, 0.13);
  EXPECT_NEAR(products / kDraws, 0, 0.013);
}

TEST(Seed, DependsOnEveryWordAndTheirOrder) {
  std::set<std::uint64_t> seeds;
  for (std::uint64_t a = 0; a < 50; ++a)
    for (std::uint64_t b = 0; b < 50; ++b) seeds.insert(mix_seed({a, b}));
  EXPECT_EQ(seeds.size(), 2500u);
  EXPECT_NE(mix_seed({1, 0}), mix_seed({1}));
  EXPECT_NE(mix_seed(1, "cat"), mix_seed(1, "dog"));
  EXPECT_NE(mix_seed(1, "cat"), mix_seed(2, "cat"));
}

// SplitMix64 chained by hand: mix({w}) is the first output of the generator started at w.
TEST(Seed, OneWordIsTheGeneratorsFirstOutput) {
  EXPECT_EQ(mix_seed({1234567}), 6457827717110365317ULL);
}

}  // namespace
}  // namespace assay
