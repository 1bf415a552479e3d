#pragma once

#include <set>
#include <string>
#include <vector>

#include "nn/trace.h"

namespace sdxl {

using tensor::Tensor;

/// The arguments of perturbed-attention guidance, with diffusers' names.
struct PerturbedAttentionOptions {
  double scale = 0.0;                         // pag_scale; 0: off
  double adaptive_scale = 0.0;                // pag_adaptive_scale
  std::vector<std::string> layers = {"mid"};  // pag_applied_layers

  bool is_on() const { return scale > 0.0; }
  /// max(scale - adaptive_scale (1000 - t), 0): the smaller the timestep, the weaker.
  double scale_at(double timestep) const;
};

/// Perturbed-attention guidance (PAG) leads away from what the UNet draws without a part of its
/// self-attention. In the last rows of a batch the softmax of the chosen layers is the identity, so
/// that a position attends to itself alone:
///
///   out = to_out(to_v(x))                            in place of to_out(softmax(q k^T / sqrt(D)) v)
///
/// It observes these layers. Each runs without the perturbed rows; then to_v and to_out run on them
/// alone. This is the order of diffusers' processor, so that a trace has the rows of its hooks: the
/// outputs of to_q and to_k are without the perturbed rows.
/// diffusers: models/attention_processor.py, PAGCFGIdentitySelfAttnProcessor2_0
/// paper: arXiv 2403.17377, equation (16)
class PerturbedAttention : public nn::Observer {
 public:
  /// A layer is a self-attention whose path has one of the texts of `layers` in it ("mid",
  /// "up_blocks.0"); `*` and `?` stand for characters. `rows` is the number of perturbed rows.
  /// Errors: std::runtime_error for a text that no self-attention of the UNet has.
  PerturbedAttention(const nn::Module& unet, const std::vector<std::string>& layers, int64_t rows);
  void on_input(const nn::Module& module, nn::Inputs inputs) override;
  void on_output(const nn::Module& module, const Tensor& output) override;
  Tensor replace(const nn::Module& module, const Tensor& output) override;

 private:
  int64_t rows_;
  std::set<const nn::Module*> layers_;
  const nn::Module* running_ = nullptr;  // the layer that is running
  Tensor perturbed_;                     // its input's last rows
};

/// What leads away from the perturbed prediction is added to another guidance's.
///
///   eps + scale (eps_cond - eps_perturbed)
///
/// eps, eps_cond, eps_perturbed (N, 4, h, w) -> the same
/// diffusers: pipelines/pag/pag_utils.py, _apply_perturbed_attention_guidance
/// paper: arXiv 2403.17377, equation (15)
Tensor perturbed_attention_guidance(const Tensor& eps, const Tensor& eps_cond,
                                    const Tensor& eps_perturbed, double scale);

}  // namespace sdxl
