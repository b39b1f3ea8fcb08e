#pragma once

#include <map>
#include <string>
#include <vector>

#include "harness/run/explain.h"
#include "harness/run/plan.h"
#include "harness/run/showcase.h"

namespace assay {

/// One image through one network, what is known of it, and the explanations that were made so far: several
/// protocols share what is equal.
class ExplainedImage {
 public:
  /// All of them must outlive this. `subject` holds the image of the experiment's sample alone.
  ExplainedImage(Subject& subject, const Experiment& experiment, std::size_t sample, const Truth& truth)
      : subject_(&subject), experiment_(&experiment), sample_(&experiment.samples[sample]), truth_(&truth) {}

  /// Makes those explanations of the roster that are not there yet, as a run does. Throws DataError where a
  /// target rule finds no class.
  void explain(const std::vector<int>& explanations);

  Subject& subject() const { return *subject_; }
  const Experiment& experiment() const { return *experiment_; }
  const Sample& sample() const { return *sample_; }
  /// Output index of the class that a rule (predicted | label) picks. Throws DataError where it finds none.
  std::int64_t target(const std::string& rule) const;
  /// Where the object of a class is, bool [H,W]; undefined where that is not known.
  Tensor region(std::int64_t target) const { return truth_->region({0, target}); }
  /// One that was made; without queries when its verdict is bad.
  const Working& operator[](int explanation) const { return working_.at(explanation); }

 private:
  Subject* subject_;
  const Experiment* experiment_;
  const Sample* sample_;
  const Truth* truth_;
  std::map<int, Working> working_;  // by explanation of the roster
};

/// A picture of the figures of one image under one protocol.
struct FigurePanel {
  std::string kind;  // parameters, methods, pairs: ends the file's name
  Tensor picture;
};

/// The panels of what `showcase` holds: `parameters` (masks of the first rule), `methods` (heat maps, and
/// masks of every rule), `pairs` (masks of every rule); those with nothing to show are left out. What could
/// not be explained is a dimmed tile with its reason.
std::vector<FigurePanel> figure_panels(const ExplainedImage& image, const Showcase& showcase,
                                       const Protocol& protocol);

}  // namespace assay
