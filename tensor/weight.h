#pragma once

#include "tensor/dtype.h"
#include "tensor/shape.h"

namespace tensor {

/// One parameter's elements in memory, in the dtype that they are stored in: in the mapped file of
/// a checkpoint, or in an array. The view does not own them: their owner must outlive it. The
/// address need not be aligned.
struct WeightView {
  const void* data = nullptr;
  DType dtype = DType::f32;
  Shape shape;
};

}  // namespace tensor
