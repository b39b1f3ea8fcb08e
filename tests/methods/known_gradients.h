#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "harness/network/subject.h"
#include "harness/network/tensor.h"
#include "tests/methods/make.h"
#include "tests/toy.h"

namespace assay::test {

using Classes = std::vector<std::int64_t>;

constexpr std::int64_t kPlane = 5;

/// Five classes whose gradients are known: the weights, times `scale`.
inline Network known_gradients(double scale = 1) {
  Toy toy(kPlane, kPlane);
  toy.add(Kind::linear, "logits", {0}, {}, {normal({5, 3 * kPlane * kPlane}, 70) * scale});
  return toy.network("known");
}

inline Tensor gradient_of(const Network& network, std::int64_t target) {
  return network.layers()[1].weight()[target].view({3, kPlane, kPlane}).to(at::kDouble);
}

inline Subject contested(const Network& network, std::int64_t images = 2) {
  const std::vector<std::string> names{"first", "second", "third"};
  return Subject(network, normal({images, 3, kPlane, kPlane}, 71).abs(),
                 {names.begin(), names.begin() + images}, 4, {.batch = 4});
}

inline Json over_gradient(Json more) {
  more["of"] = "grad";
  more["score"] = "logit";
  return more;
}

/// One published form as papers.md 1.1 writes it, number by number.
struct PublishedForm {
  std::vector<double> factors;
  bool abs, common;
  double tau;
};
inline const PublishedForm kPage{{1}, false, false, 5e-3}, kCode{{10}, true, false, 0.01},
    kTemperatures{{1, 1.0 / 5, 1.0 / 100}, false, true, 5e-3};

inline Tensor slow_var(const Network& network, const Classes& classes, std::int64_t target,
                       const PublishedForm& form) {
  double largest = 0;
  std::vector<Tensor> maps;
  for (const std::int64_t one : classes) {
    maps.push_back(gradient_of(network, one).reshape({-1}));
    largest = std::max(largest, maps.back().abs().max().item<double>());
  }
  const double scale = form.common ? largest : 1;
  Tensor result = at::zeros({3 * kPlane * kPlane}, at::kDouble);
  for (std::int64_t i = 0; i < result.numel(); ++i) {
    double share = 0, own = 0;
    for (const double factor : form.factors) {
      double above = 0, below = 0;
      for (std::size_t k = 0; k < classes.size(); ++k) {
        const double a = maps[k][i].item<double>();
        const double e = std::exp(factor * (form.abs ? std::abs(a) : a) / scale);
        below += e;
        if (classes[k] == target) above = e, own = a;
      }
      share += above / below / static_cast<double>(form.factors.size());
    }
    if (share - 1.0 / static_cast<double>(classes.size()) > form.tau) result[i] = own * share;
  }
  return result.view({3, kPlane, kPlane});
}

}  // namespace assay::test
