#include "methods/lower_factor.h"

#include <cmath>
#include <vector>

#include "harness/core/error.h"

namespace assay {

Tensor lower_factor(const Tensor& matrix) {
  constexpr double kRounding = 1e-12;  // of the diagonal
  ASSAY_ASSERT(matrix.dim() == 2 && matrix.size(0) == matrix.size(1));
  const std::int64_t n = matrix.size(0);
  const Tensor given = matrix.to(at::kCPU, at::kDouble).contiguous(), factor = at::zeros({n, n}, at::kDouble);
  const double* a = given.data_ptr<double>();
  double* l = factor.data_ptr<double>();
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j <= i; ++j) {
      double rest = a[i * n + j];
      for (std::int64_t k = 0; k < j; ++k) rest -= l[i * n + k] * l[j * n + k];
      const double pivot = l[j * n + j];
      if (i == j)
        l[i * n + i] = rest > kRounding * a[i * n + i] ? std::sqrt(rest) : 0;
      else
        l[i * n + j] = pivot > 0 ? rest / pivot : 0;
    }
  return factor;
}

}  // namespace assay
