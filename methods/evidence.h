#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "harness/core/params.h"
#include "harness/network/tensor.h"

namespace assay {

/// What a class loses when something on the image is not known (Robnik-Sikonja & Kononenko 2008; Zintgraf et
/// al. 2017; papers.md 2.2), with p its probability on the image and q the mean one without:
///   evidence:    log2 (p' / (1 - p')) - log2 (q' / (1 - q')),  p' = (p n + 1) / (n + K)  (Laplace), K
///   classes probability: p - q
/// Parameters `measure` and `laplace` (n). Finite for any n, with K >= 2.
class Evidence {
 public:
  explicit Evidence(Params& params);
  double lost(double p, double q, std::int64_t classes) const;

 private:
  double log_odds(double p, std::int64_t classes) const;

  bool weight_of_evidence_;
  double n_;
};

/// The classes whose mean probabilities without each of some things are kept: all of the network's, so that
/// one set of samples serves whoever asks for whichever class (another protocol, a wrapper), or, where that
/// would be more than 32 MiB, those asked for.
class KeptClasses {
 public:
  KeptClasses(std::int64_t things, std::int64_t classes, std::span<const std::int64_t> targets);
  std::span<const std::int64_t> classes() const { return classes_; }
  std::int64_t size() const { return std::ssize(classes_); }
  /// Of one that was asked for.
  std::int64_t place(std::int64_t target) const;
  /// What the key of the probabilities says of them.
  const std::string& words() const { return words_; }

 private:
  std::vector<std::int64_t> classes_;
  std::string words_;
};

/// Logits [m*samples,K] -> [m,targets] in double on the CPU: the mean probability of each class over each
/// `samples` rows that follow each other. A value depends on neither the other classes nor the other rows.
Tensor mean_probabilities(const Tensor& logits, std::int64_t samples, std::span<const std::int64_t> targets);

}  // namespace assay
