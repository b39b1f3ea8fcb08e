#pragma once

// The one heavy include, precompiled: every file that computes with tensors starts from it.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace assay {
using at::Tensor;  // shapes are written as [N,C,H,W] at every parameter and member
}
