#pragma once

#include "harness/network/subject.h"
#include "methods/view.h"

namespace assay {

/// The view of a raw attribution [Q,C,h,w] at the network's input size, on the subject's device wherever the
/// method left its attribution: maps [Q,H,W] float32 that can be intersected.
Tensor map_of(const View& view, const Tensor& raw, const Subject& subject);

}  // namespace assay
