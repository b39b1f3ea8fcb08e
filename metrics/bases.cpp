#include "metrics/bases.h"

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "harness/core/error.h"
#include "harness/network/tensor.h"
#include "harness/vision/vision.h"

namespace assay {
namespace {

constexpr std::string_view kSyntax =
    "gaussian, gaussian(SIZE), gaussian(SIZE, SIGMA), box, box(SIZE), zero, gray, mean, inverted";

/// Bases that are a word without numbers.
constexpr std::array<std::pair<std::string_view, Base::Kind>, 4> kPlain{{{"zero", Base::Kind::zero},
                                                                         {"gray", Base::Kind::gray},
                                                                         {"mean", Base::Kind::mean},
                                                                         {"inverted", Base::Kind::inverted}}};

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
  throw ConfigError(fmt::format("base '{}': {}; known: {}", text, why, kSyntax));
}

struct Call {
  std::string word;
  std::vector<double> numbers;
};

Call parse_call(std::string_view text) {
  std::string packed;
  for (const char c : text)
    if (!std::isspace(static_cast<unsigned char>(c))) packed += c;
  const std::size_t open = packed.find('(');
  Call call{packed.substr(0, open), {}};
  if (open == std::string::npos) return call;
  if (packed.back() != ')') refuse(text, "')' is missing");
  const char* at = packed.c_str() + open;
  while (*at == '(' || *at == ',') {
    char* end = nullptr;
    call.numbers.push_back(std::strtod(at + 1, &end));
    if (end == at + 1) refuse(text, "a number is missing");
    at = end;
  }
  if (at != packed.c_str() + packed.size() - 1) refuse(text, "not understood");
  return call;
}

double six_digits(double value) {
  return std::strtod(fmt::format("{:.6g}", value).c_str(), nullptr);
}

std::int64_t odd_size(std::string_view text, double number) {
  const auto size = static_cast<std::int64_t>(number);
  if (static_cast<double>(size) != number || size < 1 || size % 2 == 0)
    refuse(text, "the size must be a positive odd integer");
  return size;
}

}  // namespace

Base parse_base(std::string_view text) {
  const Call call = parse_call(text);
  const auto expect_at_most = [&](std::size_t count) {
    if (call.numbers.size() > count) refuse(text, "too many numbers");
  };
  for (const auto& [word, kind] : kPlain)
    if (call.word == word) {
      expect_at_most(0);
      return {kind, 0, 0};
    }
  const std::int64_t size = call.numbers.empty() ? 17 : odd_size(text, call.numbers[0]);
  if (call.word == "box") {
    expect_at_most(1);
    return {Base::Kind::box, size, 0};
  }
  if (call.word != "gaussian") refuse(text, "unknown");
  expect_at_most(2);
  const double sigma = six_digits(call.numbers.size() < 2 ? default_sigma(size) : call.numbers[1]);
  if (!(sigma > 0) || !std::isfinite(sigma)) refuse(text, "sigma must be a positive number");
  return {Base::Kind::gaussian, size, sigma};
}

std::string text_of(const Base& base) {
  switch (base.kind) {
    case Base::Kind::gaussian:
      return fmt::format("gaussian({}, {:.6g})", base.size, base.sigma);
    case Base::Kind::box:
      return fmt::format("box({})", base.size);
    default:
      break;
  }
  for (const auto& [word, kind] : kPlain)
    if (base.kind == kind) return std::string(word);
  ASSAY_ASSERT(false);
}

std::vector<std::string> read_bases(Params& params, std::vector<std::string> fallback, std::string_view doc) {
  std::vector<std::string> bases = params.get<std::vector<std::string>>("base", std::move(fallback), doc);
  if (bases.empty()) params.fail("base", "the list is empty");
  for (std::string& base : bases) {
    try {
      base = text_of(parse_base(base));
    } catch (const ConfigError& error) {
      params.fail("base", error.what());
    }
  }
  return bases;
}

Tensor base_images(const Base& base, const Tensor& pixels, const Tensor& mean) {
  switch (base.kind) {
    case Base::Kind::gaussian:
      return gaussian_blur(pixels, base.size, base.sigma);
    case Base::Kind::box:
      return box_blur(pixels, base.size);
    case Base::Kind::zero:
      return at::zeros_like(pixels);
    case Base::Kind::gray:
      return at::full_like(pixels, 127.5);
    case Base::Kind::mean:
      ASSAY_ASSERT(mean.defined());
      return mean.to(pixels.options()).expand(pixels.sizes()).contiguous();
    case Base::Kind::inverted:
      return 255 - pixels;
  }
  ASSAY_ASSERT(false);
}

}  // namespace assay
