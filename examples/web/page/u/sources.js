// The file of the repository that has the forward of each class.

export const sources = {
  UNet2DConditionModel: 'sdxl/unet/unet_2d_condition.cpp', ResnetBlock: 'sdxl/unet/resnet_block.cpp', Transformer2D: 'sdxl/unet/transformer_2d.cpp',
  BasicTransformerBlock: 'sdxl/unet/basic_transformer_block.cpp', Attention: 'sdxl/unet/attention.cpp', FeedForward: 'sdxl/unet/feed_forward.cpp',
  GEGLU: 'sdxl/unet/feed_forward.cpp', Downsample2D: 'sdxl/unet/resample.cpp', Upsample2D: 'sdxl/unet/resample.cpp', TimestepEmbedding: 'sdxl/unet/timestep_embedding.cpp',
  MidBlock2DCrossAttn: 'sdxl/unet/mid_block.cpp', DownBlock2D: 'sdxl/unet/down_blocks.cpp', CrossAttnDownBlock2D: 'sdxl/unet/down_blocks.cpp',
  UpBlock2D: 'sdxl/unet/up_blocks.cpp', CrossAttnUpBlock2D: 'sdxl/unet/up_blocks.cpp', Conv2d: 'nn/conv2d.cpp', Linear: 'nn/linear.cpp',
  GroupNorm: 'nn/group_norm.cpp', LayerNorm: 'nn/layer_norm.cpp', Embedding: 'nn/embedding.cpp', CLIPTextModel: 'sdxl/text/clip_text_model.cpp',
  CLIPTextTransformer: 'sdxl/text/clip_text_model.cpp', CLIPEncoder: 'sdxl/text/clip_text_model.cpp', CLIPEncoderLayer: 'sdxl/text/clip_encoder_layer.cpp',
  CLIPAttention: 'sdxl/text/clip_attention.cpp', CLIPMLP: 'sdxl/text/clip_mlp.cpp', CLIPTextEmbeddings: 'sdxl/text/clip_text_embeddings.cpp',
  AutoencoderKL: 'sdxl/vae/autoencoder_kl.cpp', Decoder: 'sdxl/vae/decoder.cpp', VaeAttention: 'sdxl/vae/vae_attention.cpp',
};
