#pragma once

#include "tensor/dtype.h"
#include "tensor/shape.h"

namespace tensor {

/// What a checkpoint holds for one parameter: its numbers where they lie in the mapped file, in the
/// file's own dtype. It owns nothing; the file must outlive it. The address need not be aligned.
struct WeightView {
  const void* data = nullptr;
  DType dtype = DType::f32;
  Shape shape;
};

}  // namespace tensor
