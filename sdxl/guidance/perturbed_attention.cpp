#include "sdxl/guidance/perturbed_attention.h"

#include <algorithm>
#include <utility>

#include "nn/observe/path_pattern.h"
#include "nn/observe/teacher_forcing.h"
#include "sdxl/inspect/attention_maps.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

/// The child of a layer that projects: to_v, to_out.0.
const nn::Module& projection(const nn::Module& attention, const std::string& name) {
  const auto is_it = [&](const nn::Module* child) {
    return child->path() == nn::join_path(attention.path(), name);
  };
  return **std::ranges::find_if(attention.children(), is_it);
}

bool is_input_of_softmax(const std::string& name) {
  return name == ".to_q" || name == ".to_k" || name == ".to_v";
}

}  // namespace

double PerturbedAttentionOptions::scale_at(double timestep) const {
  return std::max(scale - adaptive_scale * (1000.0 - timestep), 0.0);
}

PerturbedAttention::PerturbedAttention(const nn::Module& unet,
                                       const std::vector<std::string>& layers, int64_t rows)
    : Observer(Place::front), rows_(rows) {
  std::vector<std::string> patterns, paths;
  for (const std::string& text : layers) patterns.push_back("*" + text + "*");
  for (const Attention* layer : attentions_of(unet, "attn1")) {
    const std::string path = layer->path_below_root();
    paths.push_back(path);
    const auto is_like = [&](const std::string& pattern) { return nn::matches(pattern, path); };
    if (std::ranges::any_of(patterns, is_like)) layers_.insert(layer);
  }
  nn::expect_matches("pag_applied_layers", patterns, paths);
}

void PerturbedAttention::on_input(const nn::Module& module, nn::Inputs inputs) {
  if (!layers_.contains(&module)) return;
  const Tensor& x = inputs.begin()->value;  // (2 N, T, C), or with guidance (3 N, T, C)
  running_ = &module;
  perturbed_ = slice(x, 0, x.dim(0) - rows_, x.dim(0));
}

void PerturbedAttention::on_output(const nn::Module& /*module*/, const Tensor& /*output*/) {}

Tensor PerturbedAttention::replace(const nn::Module& module, const Tensor& output) {
  if (!running_) return output;
  if (&module == running_) {
    const nn::Module& attention = *std::exchange(running_, nullptr);
    Tensor h = std::exchange(perturbed_, {});          // (N, T, C)
    h = nn::replay(projection(attention, "to_v"), h);  // softmax(...) v = v
    h = nn::replay(projection(attention, "to_out.0"), h);
    return concat(output, h, 0);
  }
  const bool is_inside = module.path().starts_with(running_->path());
  if (!is_inside || !is_input_of_softmax(module.path().substr(running_->path().size()))) {
    return output;
  }
  return slice(output, 0, 0, output.dim(0) - rows_);
}

Tensor perturbed_attention_guidance(const Tensor& eps, const Tensor& eps_cond,
                                    const Tensor& eps_perturbed, double scale) {
  return eps + static_cast<float>(scale) * (eps_cond - eps_perturbed);
}

}  // namespace sdxl
