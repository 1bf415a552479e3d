#pragma once

#include "nn/trace.h"
#include "sdxl/unet/unet_2d_condition.h"

namespace sdxl {

/// The arguments of DeepCache, with the names of its authors' program.
struct DeepCacheOptions {
  int interval = 1;  // cache_interval: the whole U runs in every interval-th step; 1: in all
  int branch = 0;    // cache_branch_id: the skip connection at which the U is cut

  bool is_on() const { return interval > 1; }
};

/// DeepCache: from step to step the deep layers of the U change little. In every interval-th step
/// the whole U runs, and the input h of the resnet that takes skip `branch` is kept. In the steps
/// between, only the layers outside of this skip run, on the kept h:
///
///   conv_in ... the layer that pushes skip `branch`
///   h = kept                                          in place of everything below
///   the resnet that takes skip `branch` ... conv_out
///
/// Skips are counted as sdxl::skips_of lists them. Branch 0 leaves conv_in, the last resnet with
/// its attention, and conv_out. What ControlNets add to the outer skips is added; the rest of it is
/// in the kept h. Layers that do not run have no output in a trace of that step.
/// program: github.com/horseee/DeepCache/blob/1691a3ab22308fe06685e4ff151a9ab175be2dc4/DeepCache/extension/deepcache.py
/// paper: arXiv 2312.00858, section 3.3
class DeepCache : public nn::Observer {
 public:
  /// Errors: std::invalid_argument for a skip that the UNet doesn't have, or an interval below 1.
  DeepCache(const UNet2DConditionModel& unet, const DeepCacheOptions& options);
  /// As UNet2DConditionModel::forward, in one step after the other.
  Tensor forward(const Tensor& sample, float timestep, const Conditioning& cond);

  void on_input(const nn::Module& module, nn::Inputs inputs) override;
  void on_output(const nn::Module& /*module*/, const Tensor& /*output*/) override {}

 private:
  Tensor run_outer(const Tensor& sample, float timestep, const Conditioning& cond) const;

  const UNet2DConditionModel& unet_;
  DeepCacheOptions options_;
  std::string cut_;            // the path of the resnet that takes skip `branch`
  int64_t skip_channels_ = 0;  // of that skip
  size_t down_block_ = 0;      // the block that pushes the skip, and how many of its layers run
  size_t down_layers_ = 0;
  size_t up_block_ = 0;  // the block that takes it, and the layer
  size_t up_layer_ = 0;
  int step_ = 0;
  Tensor kept_;
};

}  // namespace sdxl
