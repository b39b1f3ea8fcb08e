// Another method's map, averaged over regions. An outlook of Seo, Oh & Oh (arXiv 1807.11720): regions of
// several scales make any map one that people can read.
//   map_i = 1/T sum_t 1/|r_t(i)| sum_{j in r_t(i)} A_j
// A = the map of the method `of` by its own view before it is scaled (of_view: own), or all its channels
// summed, signs and all, at the input's size (of_view: signed); r_t(i) = the superpixel over pixel i at scale
// t of T (SLIC, superpixels.h). A wrapper: the scores of two rows that differ in it alone say what regions
// are worth.
#include "harness/network/tensor.h"
#include "methods/method.h"
#include "methods/shared_attribution.h"
#include "methods/superpixels.h"
#include "methods/wrapped_method.h"

namespace assay {
namespace {

/// `of` and those of the superpixels.
std::vector<std::string_view> regional_keys() {
  std::vector<std::string_view> keys{"of", "of_view"};
  keys.insert(keys.end(), Superpixels::keys().begin(), Superpixels::keys().end());
  return keys;
}

class Regional : public Method {
 public:
  explicit Regional(Params& params)
      : superpixels_(params),
        signed_(params.choice("of_view", "own", {"own", "signed"},
                              "what is averaged: the map that the method is known for, or the sum of its "
                              "channels with its sign") == "signed"),
        base_(read_wrapped(params, regional_keys(), "the method whose map is averaged over regions",
                           "be averaged", base_words_)) {}

  std::optional<std::string> unsupported(const Network& network) const override {
    return base_->unsupported(network);
  }

  Attribution attribute(Subject& subject, std::span<const Query> queries) const override {
    const Attribution found = attribute_by_image(subject, *base_, queries, base_words_);
    const Tensor maps =
        apply_view(base_view(), found.raw, subject.pixels().size(2), subject.pixels().size(3));
    std::vector<Tensor> averaged;
    for (std::size_t q = 0; q < queries.size(); ++q) {
      const Tensor map = maps[static_cast<std::int64_t>(q)];
      const std::vector<Tensor>& labels = superpixels_.of(subject, queries[q].image);
      averaged.push_back(
          fused(labels, [&](std::size_t t) { return spread(region_means(map, labels[t]), labels[t]); }));
    }
    return {.raw = at::stack(averaged).unsqueeze(1), .figures = found.figures, .reasons = found.reasons};
  }

  View view() const override {
    View view;
    if (base_) view.scale = base_->view().scale;
    return view;
  }

  Cost price(const Network& network) const override { return base_->price(network); }

  std::string shared_work() const override {
    return base_->shared_work().empty() ? base_words_ + " of regions" : base_->shared_work();
  }

  std::vector<std::string> layer_keys() const override { return base_->layer_keys(); }
  bool uses_seed() const override { return base_->uses_seed(); }

  int version() const override {
    constexpr int kOwnVersion = 1;
    return 100 * base_->version() + kOwnVersion;
  }

  std::string wraps() const override { return base_words_; }
  std::string note(const Network& network) const override { return base_->note(network); }

 private:
  View base_view() const {
    View view = signed_ ? View{.resize = base_->view().resize} : base_->view();
    view.normalise = false;
    view.scale = "none";
    return view;
  }

  Superpixels superpixels_;
  bool signed_;
  std::string base_words_;        // words_of() the base
  std::unique_ptr<Method> base_;  // null while parameters are only described
};

}  // namespace

std::unique_ptr<Method> make_regional(Params& params) {
  return std::make_unique<Regional>(params);
}

}  // namespace assay
