#pragma once

#include <string>
#include <vector>

#include "harness/cli/figure_panels.h"
#include "harness/run/plan.h"
#include "harness/run/progress.h"

namespace assay {

/// What a protocol shows of an experiment.
struct Shown {
  const Protocol* protocol;
  std::string word;  // of file names
  Showcase showcase;
};

/// By computed protocol of the plan. Throws ConfigError at `metrics` where one has no masks to show.
std::vector<Shown> shown_of(const Config& config, const Plan& plan, const Experiment& experiment);

/// What came of the images: files written; one line for each thing that failed.
struct FigureOutcome {
  std::vector<std::string> files, failures;
};

/// Draws images of one experiment into FOLDER/IMAGE-PROTOCOL-KIND.png.
class FigureStudio {
 public:
  /// `plan` and `experiment` must outlive this.
  FigureStudio(const Plan& plan, const Experiment& experiment, std::vector<Shown> shown, std::string folder);
  /// One sample under every protocol; each counts as one step of the progress.
  void draw(std::size_t sample, Progress& progress, FigureOutcome& outcome) const;

 private:
  void draw(ExplainedImage& image, const Shown& shown, const std::string& word, FigureOutcome& outcome) const;

  const Plan& plan_;
  const Experiment& experiment_;
  std::vector<Shown> shown_;
  std::string folder_;
  std::vector<std::string> words_;  // of file names, by sample
  Network network_;                 // on the device
  at::Device device_;
};

/// Names as parts of file names: all but letters, digits, '.', '_' and '-' becomes '-'; a name that is taken
/// gets a number.
std::vector<std::string> file_words(std::vector<std::string> names);

}  // namespace assay
