#pragma once

namespace tensor {

/// While a DryRun exists, the ops of its thread compute nothing: they check shapes and return
/// tensors of the right shape with undefined elements. So a forward pass of a model of any size
/// shows all shapes at once. It needs no weights, and little memory, as nothing is written.
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
