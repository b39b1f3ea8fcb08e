#pragma once

#include "harness/run/unit.h"

namespace assay {

/// What the steps of a unit take on this machine, in seconds.
struct Pace {
  double forward = 0;              // an image of a full batch
  double window = 0;               // a perturbed image of which only windows are computed,
  double window_multiply_add = 0;  // and each multiply-add of those windows
  double activations = 0;          // all outputs of one image, in double
  double backward = 0;             // a walk from there to the input
  double growth_step = 0;          // dilating a mask and drawing its hybrid

  /// Of what the price lists.
  double seconds(const Price& price) const;

 private:
  double explaining(const Cost& cost) const;
};

/// How much time measuring may take.
enum class Care {
  quick,     // before a run, while all ranks wait: one batch of a fifth of a second of each kind
  thorough,  // the median of three batches of about a second
};

/// Measures what `price` needs on one network.
Pace measure_pace(const Network& network, const Numerics& numerics, const Price& price, Care care);

}  // namespace assay
