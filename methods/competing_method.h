#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "methods/competition.h"
#include "methods/method.h"

namespace assay {

/// A method around another one (`of`), whose raw attributions of several classes of an image compete for its
/// places; coarse ones are summed over channels and enlarged to the input's size first as the base's view
/// does. The base reads its keys from the same parameters; for one call of the base, the classes of an image
/// are so many queries. Configurations around the same base share that call (shared_attribution.h).
class CompetingMethod : public Method {
 public:
  explicit CompetingMethod(Params& params);

  std::optional<std::string> unsupported(const Network& network) const override;
  Attribution attribute(Subject& subject, std::span<const Query> queries) const override;
  /// What speaks for the class, summed over channels: published pictures keep the positive values and average
  /// channels (papers.md 1.1).
  View view() const override;
  Cost price(const Network& network) const override;
  std::string shared_work() const override;
  std::vector<std::string> layer_keys() const override;
  bool uses_seed() const override;
  int version() const override;
  std::string note(const Network& network) const override;
  std::string wraps() const override { return base_words_; }

 protected:
  /// What a query asks about: its class first; the reason when it makes no sense.
  struct Asked {
    std::vector<std::int64_t> classes;
    std::string reason = {};
  };
  virtual Asked asked(Subject& subject, const Query& query) const = 0;

  /// What becomes of the raw attributions [K,C,h,w] of the rivals: the map [C,h,w], and where it survived
  /// [C,h,w] bool. `rows` are those of Asked::classes among the K; `passes` [K,C,h,w] bool.
  struct Outcome {
    Tensor map, survived;
  };
  virtual Outcome decide(const Tensor& raw, const Tensor& shares, const Tensor& passes,
                         std::span<const std::int64_t> rows) const = 0;

  const Competition& competition() const { return competition_; }
  /// The reason of a map of which nothing survived, where magnitudes up to `largest` competed.
  virtual std::string why_nothing_survives(double largest) const = 0;

 private:
  struct Contest;
  std::vector<Contest> contests(Subject& subject, std::span<const Query> queries,
                                std::vector<std::string>& reasons) const;
  struct Results;
  void hold(Subject& subject, const Contest& contest, Results& results) const;
  std::string reason_of(double largest, const Outcome& outcome) const;

  Competition competition_;
  std::string base_words_;        // words_of() the base
  std::unique_ptr<Method> base_;  // null while parameters are only described
};

}  // namespace assay
