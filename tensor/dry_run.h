#pragma once

namespace tensor {

/// While one lives, ops of its thread compute nothing: they check shapes and return tensors of the
/// right shape that hold no numbers worth reading. A model's forward pass then tells all its shapes
/// at once, whatever its size, and needs no weights and, as nothing is written, next to no memory.
///
/// torch: the meta device
class DryRun {
 public:
  DryRun();
  ~DryRun();
  DryRun(const DryRun&) = delete;
  DryRun& operator=(const DryRun&) = delete;
};

}  // namespace tensor
