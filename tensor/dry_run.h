#pragma once

namespace tensor {

/// While one lives, ops of its thread compute nothing: they check shapes and return tensors of the
/// right shape with undefined elements. So a model's forward pass shows all its shapes at once,
/// whatever its size, without weights and, as nothing is written, with very little memory.
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
