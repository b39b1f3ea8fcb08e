#pragma once

#include <span>
#include <vector>

#include "harness/core/record.h"
#include "metrics/sanity_scores.h"

namespace assay {

/// What parameter-randomization observes of one map A and the maps A_1 ... A_K of the same image on networks
/// whose weights are drawn anew step by step. s_k = similarity of A and A_k.
struct RandomizationObservation {
  double steps = kNaN;        // K
  double stages = kNaN;       // layers with weights, batch norms with theirs
  double full = kNaN;         // 1: after the last step every stage is random (a cascade), else 0
  double repredicted = kNaN;  // 1: each network's own class is explained, 0: the one of A
  double fresh = kNaN;        // 1: A_k has random numbers of its own, 0: those of A
  double samples = kNaN;      // noisy inputs averaged in each map (sMPRT); 1 = the input alone
  double undefined = kNaN;    // steps without a similarity: a constant map
  FourSimilarities repeat = kNoSimilarities;  // of A and A explained again with other random numbers
  FourSimilarities area = kNoSimilarities;    // mean of s_1 .. s_K where defined: under the curve, in steps
  FourSimilarities first = kNoSimilarities;   // s_1
  FourSimilarities last = kNoSimilarities;    // s_K
  double complexity = kNaN;                   // entropy H of A's histogram, nats
  double rise = kNaN;                         // eMPRT: (H(A_K) - H(A)) / H(A); NaN unless `full`
};

/// In the order of the fields above.
const std::vector<Column>& randomization_columns();
/// The four similarities and the complexity by step, how many stages are random at each step, and the seed
/// of each stage in the order in which they are drawn anew.
const std::vector<Column>& randomization_curves();
std::vector<double> values_of(const RandomizationObservation& observation);
/// Values in the order of the columns. Throws DataError when their number differs.
RandomizationObservation randomization_observation(std::span<const double> values);

}  // namespace assay
