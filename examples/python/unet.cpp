// The whole UNet.
#include "examples/python/bind.h"
#include "sdxl/unet/unet_2d_condition.h"
#include "tensor/error.h"

namespace glassbox {

namespace {

using sdxl::UNet2DConditionModel;

/// One timestep: a number, or an array of equal ones, as diffusers' pipelines expand it.
float timestep_of(const Array& timestep) {
  const Tensor values = needed(timestep, "timestep");
  tensor::require(values.size() > 0, "timestep: expected a number, got an empty array");
  for (int64_t i = 0; i < values.size(); ++i) {
    tensor::require(values.data()[i] == values.data()[0],
                    "timestep: expected one for the whole batch, got {} and {}", values.data()[0],
                    values.data()[i]);
  }
  return values.data()[0];
}

std::vector<std::string> block_types(const std::vector<sdxl::BlockType>& types,
                                     const std::string& half) {
  std::vector<std::string> names;
  for (const sdxl::BlockType type : types) {
    const bool has_attention = type == sdxl::BlockType::cross_attention;
    names.push_back((has_attention ? "CrossAttn" : "") + half + "Block2D");
  }
  return names;
}

/// The config with diffusers' names, so that UNet2DConditionModel(config) builds the same model.
nb::dict config_of(const UNet2DConditionModel& unet) {
  const sdxl::UNetConfig& c = unet.config();
  nb::dict d;
  d["_class_name"] = "UNet2DConditionModel";
  d["sample_size"] = c.sample_size;
  d["in_channels"] = c.in_channels;
  d["out_channels"] = c.out_channels;
  d["block_out_channels"] = c.block_out_channels;
  d["down_block_types"] = block_types(c.down_block_types, "Down");
  d["up_block_types"] = block_types(c.up_block_types, "Up");
  if (c.mid_block_type == sdxl::BlockType::none) {
    d["mid_block_type"] = nb::none();
  } else {
    const bool has_attention = c.mid_block_type == sdxl::BlockType::cross_attention;
    d["mid_block_type"] = has_attention ? "UNetMidBlock2DCrossAttn" : "UNetMidBlock2D";
  }
  d["layers_per_block"] = c.layers_per_block;
  if (c.down_depths.empty()) {
    d["transformer_layers_per_block"] = c.transformer_layers_per_block;
  } else {
    d["transformer_layers_per_block"] = c.down_depths;
    d["reverse_transformer_layers_per_block"] =
        std::vector<std::vector<int64_t>>(c.up_depths.rbegin(), c.up_depths.rend());
  }
  d["attention_head_dim"] = c.attention_heads;
  d["cross_attention_dim"] = c.cross_attention_dim;
  d["use_linear_projection"] = c.use_linear_projection;
  d["norm_num_groups"] = c.norm_num_groups;
  d["norm_eps"] = shortest(c.norm_eps);
  d["flip_sin_to_cos"] = c.flip_sin_to_cos;
  d["freq_shift"] = shortest(c.freq_shift);
  if (c.time_cond_proj_dim > 0) d["time_cond_proj_dim"] = c.time_cond_proj_dim;
  if (c.text_time_embedding) {
    d["addition_embed_type"] = "text_time";
    d["addition_time_embed_dim"] = c.addition_time_embed_dim;
    d["projection_class_embeddings_input_dim"] = c.projection_class_embeddings_input_dim;
  }
  return d;
}

Tensor call(const UNet2DConditionModel& self, const Array& sample, const Array& timestep,
            const Array& encoder_hidden_states, const Array& timestep_cond,
            const Array& text_embeds, const Array& time_ids,
            const std::optional<std::vector<Array>>& down_block_additional_residuals,
            const Array& mid_block_additional_residual) {
  const Tensor x = needed(sample, "sample");
  const float t = timestep_of(timestep);
  sdxl::Conditioning cond;
  cond.context = needed(encoder_hidden_states, "encoder_hidden_states");
  cond.pooled = tensor_of(text_embeds, "text_embeds");
  cond.time_ids = tensor_of(time_ids, "time_ids");
  cond.timestep_cond = tensor_of(timestep_cond, "timestep_cond");
  if (down_block_additional_residuals) {
    for (const Array& residual : *down_block_additional_residuals) {
      cond.control.skips.push_back(needed(residual, "down_block_additional_residuals"));
    }
  }
  cond.control.mid = tensor_of(mid_block_additional_residual, "mid_block_additional_residual");
  return run([&] { return self.forward(x, t, cond); });
}

}  // namespace

void bind_unet_blocks(nb::module_& m);

void bind_unet(nb::module_& m) {
  bind_unet_blocks(m);
  layer<UNet2DConditionModel>(m, "UNet2DConditionModel")
      .init_of_config<&sdxl::UNetConfig::read>("unet")
      .def_prop_ro("config", &config_of)
      .def("__call__", &call, "sample"_a, "timestep"_a, "encoder_hidden_states"_a, nb::kw_only(),
           "timestep_cond"_a = nb::none(), "text_embeds"_a = nb::none(), "time_ids"_a = nb::none(),
           "down_block_additional_residuals"_a = nb::none(),
           "mid_block_additional_residual"_a = nb::none(),
           "-> the prediction, of the sample's shape. text_embeds and time_ids are the entries of "
           "diffusers' added_cond_kwargs; the residuals are those of ControlNets.");
}

}  // namespace glassbox
