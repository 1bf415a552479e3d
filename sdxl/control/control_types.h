#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nn/module_list.h"
#include "sdxl/control/control_net_config.h"
#include "sdxl/control/control_transformer.h"
#include "sdxl/unet/timestep_embedding.h"

namespace sdxl {

/// A picture for a ControlNet.
struct ControlPicture {
  Tensor picture;      // (N, 3, H, W) from 0 to 1
  int64_t type = 0;    // its kind, for a union ControlNet
  double scale = 1.0;  // its strength beside the other pictures of a union ControlNet
};

/// The layers with which a union ControlNet tells kinds of pictures apart, and puts several
/// pictures together. They are children of the ControlNet itself.
///
///   e_i     = controlnet_cond_embedding(picture_i)
///   token_i = mean over pixels of e_i + task_embedding[type_i];  the last token: the mean of h
///   x       = transformer_layes(tokens)                          (so spelt)
///   h      += sum_i s_i e_i + s_i spatial_ch_projs(x_i)          token_i, too, is times s_i
///   temb   += control_add_embedding(sinusoids of a 0 or 1 for each type)
///
/// diffusers: models/controlnets/controlnet_union.py, ControlNetUnionModel
struct ControlTypes {
  ControlTypes(nn::Module* control_net, const ControlNetConfig& config);

  /// h (N, C, h, w) and the embeddings e_i, shaped like it -> h with what the pictures add
  Tensor add_pictures(const Tensor& h, const std::vector<Tensor>& embeddings,
                      const std::vector<ControlPicture>& pictures) const;
  /// What the types add to temb: (N, 1280)
  Tensor embed_types(int64_t n, const std::vector<ControlPicture>& pictures) const;

  ControlNetConfig config;
  nn::Parameter task_embedding;  // (types, C)
  nn::ModuleList<ResidualAttentionBlock> transformer_layes;
  nn::Linear spatial_ch_projs;
  TimestepEmbedding control_add_embedding;
};

/// The number of a kind of picture: a number below `types`, or the name of one, such as "depth", as
/// the published models have them. nullopt if it is neither.
std::optional<int64_t> control_type(const std::string& text, int64_t types);
/// "openpose (0), depth (1), ...", for messages.
std::string control_type_names(int64_t types);

}  // namespace sdxl
