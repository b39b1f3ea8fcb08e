#pragma once

#include "harness/network/subject.h"

namespace assay {

/// The pixels whose normalised values are 0, the mean of the preprocessing: [1,3,1,1] or, of a mean image,
/// [1,3,H,W]; computed in double, in the type and on the device of the subject's pixels.
Tensor mean_pixels(const Subject& subject);

}  // namespace assay
