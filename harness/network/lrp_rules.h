#pragma once

#include <map>
#include <string>

#include "harness/network/propagate.h"

namespace assay {

/// How layer-wise relevance propagation passes one linear layer y_i = sum_j c_ij + b_i, c_ij = x_j w_ij
/// (Bach et al. 2015; Montavon et al., "Layer-wise relevance propagation: an overview", 2019, section 10.2):
///   epsilon: R_j = sum_i c_ij R_i / (y_i + e sign(y_i))       e = `epsilon`; sign(0) = 1; 0 where that is 0
///   gamma:   as epsilon with the contributions (and the bias) that have the sign of y_i times 1 + `gamma`.
///            For x >= 0 and y_i > 0 that is the published w + gamma w+; it serves negative x and y too.
///   z_plus:  R_j = sum_i c+_ij R_i / sum_k c+_ik              c+ = max(c, 0); no bias; 0 where the sum is 0
///   z_box:   as z_plus with c_ij - l_j w+_ij - h_j w-_ij      l <= x <= h bound the layer's input
enum class LrpRule { epsilon, gamma, z_plus, z_box };

struct LrpStep {
  LrpRule rule = LrpRule::epsilon;
  double epsilon = 0;
  double gamma = 0;
  Tensor low = {}, high = {};  // z_box: [1,...] of the input's shape
};

/// Whether the rules above apply: conv, linear, batch norm, average pooling, add.
bool is_lrp_step(Kind kind);

/// The rules of a network without foldable batch norms (folded_norms.h); `steps` by name of layer, one for
/// each that is_lrp_step(). ReLU of any kind, dropout and LRN copy relevance; pooling of maxima goes to the
/// first maximum; concat slices, flatten, broadcast and channel padding route. An opaque layer or a softmax
/// throws ConfigError with its name.
Rules lrp_rules(std::map<std::string, LrpStep> steps);

}  // namespace assay
