#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness/data/dataset.h"

namespace assay {

/// How a network classifies one labelled image.
struct Judged {
  std::string file = {};    // Sample::name
  std::string reason = {};  // why it could not be judged; empty when it was
  std::int64_t top1 = -1;   // output index
  bool right = false;       // top-1 is an accepted label
  bool right5 = false;      // an accepted label is among the five largest logits
  double p_true = 0;        // softmax probability of the first label
  double p_top1 = 0;        // and of the winner
};

/// Classifies the samples in their order, `batch` images at a time. `progress` gets the number of images done
/// after each batch.
std::vector<Judged> judge(const Network& network, const std::vector<Sample>& samples, std::int64_t batch,
                          const std::function<void(std::size_t)>& progress);

struct Accuracy {
  std::size_t judged = 0, right = 0, right5 = 0;
  double p_true = 0;  // mean
};
Accuracy accuracy_of(const std::vector<Judged>& all);

/// `file,top1,right,p_true`, one line an image; the three are empty where an image could not be judged.
/// Throws DataError when the file cannot be written.
void write_predictions(const std::vector<Judged>& all, const std::string& file);

}  // namespace assay
