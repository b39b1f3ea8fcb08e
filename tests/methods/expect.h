#pragma once

#include <gtest/gtest.h>

#include <string>

#include "harness/network/tensor.h"
#include "tests/methods/make.h"
#include "tests/methods/recorded.h"
#include "tests/network/largest.h"

namespace assay::test {

/// Equal up to `tolerance` of the largest value, which is not 0.
inline void expect_equal_maps(const Tensor& found, const Tensor& expected, double tolerance,
                              const std::string& what) {
  ASSERT_EQ(found.sizes(), expected.sizes()) << what;
  EXPECT_GT(largest(expected), 0) << what << ": a reference of zeros tests nothing";
  EXPECT_LE(largest(found.to(at::kDouble) - expected.to(at::kDouble)), tolerance * largest(expected)) << what;
}

/// A method alone on one query costs what it says, and what it says of its seed is true of its map; the rows
/// of a call are those of calls for each query alone.
inline void expect_honest(const std::string& name, const Json& settings, const Network& network) {
  const auto method = make(name, settings);
  ASSERT_EQ(method->unsupported(network), std::nullopt) << name;
  Subject subject = two_images(network);
  const Tensor together = method->attribute(subject, kThreeQueries).raw;
  ASSERT_EQ(together.size(0), 3) << name;
  for (std::size_t q = 0; q < kThreeQueries.size(); ++q) {
    Subject alone = two_images(network);
    const Tensor row = method->attribute(alone, {&kThreeQueries[q], 1}).raw;
    EXPECT_TRUE(at::equal(row[0], together[static_cast<std::int64_t>(q)])) << name << " query " << q;
    const Cost cost = alone.bill(), price = method->price(network);
    EXPECT_EQ(cost.forwards, price.forwards) << name;
    EXPECT_EQ(cost.backwards, price.backwards) << name;
    EXPECT_EQ(cost.work, price.work) << name;
    EXPECT_EQ(alone.done().work, price.work) << name;
  }
  Subject reseeded = two_images(network, 1, 0, 4);
  const Tensor other = method->attribute(reseeded, kThreeQueries).raw;
  EXPECT_EQ(at::equal(other, together), !method->uses_seed()) << name;
}

}  // namespace assay::test
