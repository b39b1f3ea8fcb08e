#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/core/params.h"
#include "harness/network/subject.h"

namespace assay {

/// Which classes compete for an image, and what share of each place each of them gets (VAR: Walter, Vreeken &
/// Fischer 2025, arXiv 2503.07346; papers.md 1.1). With A_c the raw signed attribution of class c,
/// elementwise (a place is a pixel of a channel):
///   M_c = mean_f softmax_c(f S_c)         S = A, or |A| (`abs`); divided by max |A| over all classes and
///                                         places of the image (`common_scale`)
/// and class c passes where M_c - 1/K > tau. The published forms are values of these:
///   form          factors f                      abs    common_scale  tau
///   page          1                              no     no            0.005   (a)
///   code          10                             yes    no            0.01    (b)
///   temperatures  1/t for t of (1, 5, 100)       no     yes           0.005   (c)
///   scaled        10                             no     yes           0.01    the default, as papers.md 1.6
/// recommends: the raw scale of a method decides nothing then.
class Competition {
 public:
  /// Its own keys, which may also be a wrapped method's: that keeps its defaults for them.
  static std::span<const std::string_view> keys();
  explicit Competition(Params& params);

  /// Why this network cannot be served: a listed class that it does not have.
  std::optional<std::string> problem(const Network& network) const;

  /// The classes that compete when `wanted` are asked about: distinct, ascending, `wanted` among them.
  ///   grid:  those known to be on the image (Subject::know_classes), and `wanted`; a class that is there
  ///   twice
  ///          counts once (the released code lets it compete twice)
  ///   top-k: the k most probable, and the least probable one; if some of `wanted` are not among them, they
  ///          come first and the list is cut to k + 1 (for k up to 3 the released code's automatic mode)
  ///   list:  the list, and `wanted`
  /// Empty when the classes of the image are not known.
  std::vector<std::int64_t> rivals(Subject& subject, std::int64_t image,
                                   std::span<const std::int64_t> wanted) const;

  /// Raw attributions [K,...] of the rivals -> M [K,...] in double.
  Tensor shares(const Tensor& raw) const;
  /// M_c - 1/K > tau for shares M [K,...]; with K = 1, where the formula gives 1 - 1 > tau and so nothing,
  /// everything passes: a class without rivals keeps its map.
  Tensor passes(const Tensor& shares) const;

  /// K as far as it is known without an image: a grid is taken to have four classes.
  std::int64_t expected() const;
  /// Whether the raw scale of attributions decides nothing.
  bool has_common_scale() const { return common_scale_; }
  /// Whether rivals() reads the image's prediction.
  bool predicts() const { return source_ == Source::top; }

 private:
  enum class Source { grid, top, list };

  std::vector<std::int64_t> most_probable(Subject& subject, std::int64_t image) const;

  Source source_ = Source::grid;
  std::vector<std::int64_t> listed_;
  std::int64_t k_;
  std::vector<double> factors_;
  double tau_;
  bool abs_, common_scale_;
};

}  // namespace assay
