#include <fmt/format.h>

#include "harness/data/dataset.h"

namespace assay {
namespace {

class Blank : public Dataset {
 public:
  explicit Blank(Params& params)
      : count_(params.require<std::int64_t>("count",
                                            "pictures; each has class 0 and an object of it, the 4 x 4 "
                                            "pixels at its top left")) {}

  std::vector<Sample> samples() const override {
    const Label label{0, ""};
    std::vector<Sample> samples;
    samples.reserve(static_cast<std::size_t>(count_));
    for (std::int64_t i = 0; i < count_; ++i)
      samples.push_back({.name = fmt::format("{:07}", i),
                         .path = "",
                         .labels = {label},
                         .regions = {{label, Box{0, 0, 4, 4}}}});
    return samples;
  }

 private:
  std::int64_t count_;
};

}  // namespace

std::unique_ptr<Dataset> make_blank(Params& params) {
  return std::make_unique<Blank>(params);
}

}  // namespace assay
