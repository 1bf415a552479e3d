#pragma once

#include "tensor/dtype.h"
#include "tensor/shape.h"

namespace tensor {

/// One parameter's elements in memory, usually in the mapped file of a checkpoint, in the file's own
/// dtype. It owns nothing; the file must outlive it. The address need not be aligned.
struct WeightView {
  const void* data = nullptr;
  DType dtype = DType::f32;
  Shape shape;
};

}  // namespace tensor
