#include "methods/gates.h"

#include <gtest/gtest.h>
#include <torch/csrc/autograd/custom_function.h>

#include <limits>

#include "harness/network/load.h"
#include "tests/methods/expect.h"
#include "tests/network/every_kind.h"
#include "tests/pack.h"

namespace assay::test {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// y = x between 0 and `cap`, slope x below; backwards, the signal below 0 is multiplied by the slope, and
/// with `guided` what comes out goes through the derivative as well.
struct Gated : torch::autograd::Function<Gated> {
  static Tensor forward(AutogradContext* context, const Tensor& x, double cap, double slope, bool guided) {
    context->save_for_backward({x});
    context->saved_data["cap"] = cap;
    context->saved_data["slope"] = slope;
    context->saved_data["guided"] = guided;
    return x.clamp_min(0).clamp_max(cap) + slope * x.clamp_max(0);
  }

  static variable_list backward(AutogradContext* context, variable_list signals) {
    const Tensor x = context->get_saved_variables()[0];
    const double cap = context->saved_data["cap"].toDouble(), slope = context->saved_data["slope"].toDouble();
    Tensor signal = signals[0].clamp_min(0) + slope * signals[0].clamp_max(0);
    if (context->saved_data["guided"].toBool()) {
      const Tensor active = ((x > 0) & (x < cap)).to(signal.scalar_type());
      signal = signal * active + slope * signal * (x <= 0).to(signal.scalar_type());
    }
    return {signal, Tensor(), Tensor(), Tensor()};
  }
};

RunLayer gated(bool guided) {
  return [guided](const Layer& layer, std::span<const Tensor> inputs) -> Tensor {
    constexpr double kNone = std::numeric_limits<double>::infinity();
    if (layer.kind == Kind::relu) return Gated::apply(inputs[0], kNone, 0.0, guided);
    if (layer.kind == Kind::relu6) return Gated::apply(inputs[0], 6.0, 0.0, guided);
    if (layer.kind == Kind::leaky_relu) return Gated::apply(inputs[0], kNone, layer.attributes.slope, guided);
    return Network::run(layer, inputs);
  };
}

void expect_gated(const Network& network, Subject& subject, std::span<const Query> queries) {
  for (const bool guided : {false, true}) {
    const std::string name = guided ? "guided-backprop" : "deconvolution";
    const Tensor raw = make(name)->attribute(subject, queries).raw;
    for (std::size_t q = 0; q < queries.size(); ++q) {
      const std::vector<Tensor> values =
          recorded(network, input_of(subject, queries[q].image), gated(guided));
      expect_equal_maps(raw[static_cast<std::int64_t>(q)], recorded_gradient(values, queries[q].target)[0],
                        1e-9, name + " of " + network.name());
    }
  }
}

TEST(Gates, EqualAutogradOfEveryKind) {
  for (const bool with_opaque : {false, true}) {
    const Network network = every_kind(with_opaque);
    Subject subject = two_images(network);
    expect_gated(network, subject, kThreeQueries);
  }
}

TEST(Gates, EqualAutogradOnANetworkOfThePack) {
  ASSAY_NEEDS_PACK();
  const Network network = load_folder(pack() + "/models/squeezenet_v1.1");
  Subject subject = two_images(network, 50, 120);
  const std::vector<Query> query{{0, 207}};
  expect_gated(network, subject, query);
}

/// What arrives at x and y, two pixels of the first channel: logit = 2 act(x) - 3 act(y).
Tensor passed(const char* method, Kind kind, double x, double y) {
  Toy toy(1, 2);
  const int bent = toy.add(kind, "bent", {0}, {.slope = 0.25});
  toy.add(Kind::linear, "logits", {bent}, {}, {single({2, -3, 0, 0, 0, 0}, {1, 6})});
  Subject subject(toy.network(), single({x, y, 1, 1, 1, 1}, {1, 3, 1, 2}), {"x"}, 0, {});
  const std::vector<Query> query{{0, 0}};
  return make(method)->attribute(subject, query).raw[0][0][0];
}

TEST(Gates, ByHand) {
  const auto expect = [](const char* method, Kind kind, double x, double y, double at_x, double at_y) {
    EXPECT_TRUE(at::equal(passed(method, kind, x, y), exact({at_x, at_y}, {2})))
        << method << " " << name_of(kind) << " " << x << " " << y;
  };
  expect("deconvolution", Kind::relu, -1, 1, 2, 0);
  expect("deconvolution", Kind::relu6, 7, -1, 2, 0);
  expect("deconvolution", Kind::leaky_relu, -1, 1, 2, -0.75);
  expect("guided-backprop", Kind::relu, 1, 1, 2, 0);
  expect("guided-backprop", Kind::relu, -1, -1, 0, 0);
  expect("guided-backprop", Kind::relu6, 5, 5, 2, 0);
  expect("guided-backprop", Kind::relu6, 7, 7, 0, 0);
  expect("guided-backprop", Kind::leaky_relu, 1, 1, 2, -0.75);
  expect("guided-backprop", Kind::leaky_relu, -1, -1, 0.5, -0.1875);
}

TEST(Gates, WithoutActivationsBothAreTheGradient) {
  const Tensor weight = normal({4, 27}, 90);
  Subject subject = two_images(linear_network(weight), 40, 120);
  const Tensor gradient = make("grad", {{"score", "logit"}})->attribute(subject, kThreeQueries).raw;
  for (const char* name : {"deconvolution", "guided-backprop"}) {
    EXPECT_TRUE(at::equal(make(name)->attribute(subject, kThreeQueries).raw, gradient)) << name;
    EXPECT_EQ(make(name)->view().reduce, "max-abs") << name;
  }
}

TEST(Gates, NoteOpaqueLayers) {
  EXPECT_EQ(opaque_note(every_kind(false)), "");
  for (const char* name : {"deconvolution", "guided-backprop", "guided-grad-cam"})
    EXPECT_EQ(make(name)->note(every_kind(true)),
              "opaque layers pass their gradient: 1, 'swish' (aten::silu) first")
        << name;
}

TEST(Gates, CostsAreWhatTheySay) {
  for (const char* name : {"deconvolution", "guided-backprop"})
    expect_honest(name, Json::object(), every_kind(false));
}

}  // namespace
}  // namespace assay::test
