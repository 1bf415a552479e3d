"""For each torch class the class here with the same forward, and how the sizes are read from a torch module."""

from __future__ import annotations

from . import _glassbox as core


class NotBuiltHere(ValueError):
    """A torch module of a class, or with a setting, that this project does not have."""


def _expect(module, what, got, *accepted):
    if got not in accepted:
        wanted = " or ".join(repr(value) for value in accepted)
        raise NotBuiltHere(f"{type(module).__name__}: {what} = {got!r} is not built here; expected {wanted}")


def _expect_silu(module, activation):
    _expect(module, "the activation", type(activation).__name__, "SiLU", "SiLUActivation")


def _linear(m):
    return core.Linear(m.in_features, m.out_features, m.bias is not None)


def _conv2d(m):
    for what in ("kernel_size", "stride", "padding", "dilation"):
        pair = getattr(m, what)
        if isinstance(pair, str) or len(set(pair)) > 1:
            raise NotBuiltHere(f"Conv2d: {what} = {pair!r} is not built here; expected one number for both axes")
    _expect(m, "dilation", m.dilation[0], 1)
    _expect(m, "groups", m.groups, 1)
    _expect(m, "padding_mode", m.padding_mode, "zeros")
    return core.Conv2d(m.in_channels, m.out_channels, m.kernel_size[0], m.stride[0], [m.padding[0]], m.bias is not None)


def _group_norm(m):
    _expect(m, "affine", m.affine, True)
    return core.GroupNorm(m.num_groups, m.num_channels, m.eps)


def _layer_norm(m):
    _expect(m, "elementwise_affine", m.elementwise_affine, True)
    _expect(m, "the number of normalised axes", len(m.normalized_shape), 1)
    return core.LayerNorm(m.normalized_shape[0], m.eps)


def _time_embedding(m):
    _expect_silu(m, m.act)
    _expect(m, "post_act", m.post_act, None)
    return core.TimestepEmbedding(m.linear_1.in_features, m.linear_1.out_features,
                                  m.cond_proj.in_features if m.cond_proj is not None else 0)


def _resnet(m):
    _expect_silu(m, m.nonlinearity)
    _expect(m, "up", m.up, False)
    _expect(m, "down", m.down, False)
    _expect(m, "time_embedding_norm", m.time_embedding_norm, "default")
    _expect(m, "skip_time_act", m.skip_time_act, False)
    _expect(m, "output_scale_factor", m.output_scale_factor, 1, 1.0)
    has_shortcut = m.conv_shortcut is not None
    _expect(m, "use_in_shortcut", has_shortcut, m.in_channels != m.conv2.out_channels)
    return core.ResnetBlock(m.in_channels, m.out_channels, _temb_channels(m), m.norm1.num_groups, m.norm1.eps)


def _temb_channels(resnet):
    return resnet.time_emb_proj.in_features if resnet.time_emb_proj is not None else 0


def _downsample(m):
    _expect(m, "use_conv", m.use_conv, True)
    _expect(m, "norm", m.norm, None)
    _expect(m, "out_channels", m.out_channels, m.channels)
    return core.Downsample2D(m.channels, m.padding)


def _upsample(m):
    _expect(m, "use_conv", m.use_conv, True)
    _expect(m, "use_conv_transpose", m.use_conv_transpose, False)
    _expect(m, "interpolate", m.interpolate, True)
    _expect(m, "norm", m.norm, None)
    _expect(m, "out_channels", m.out_channels, m.channels)
    return core.Upsample2D(m.channels)


def _attention(m):
    for what in ("group_norm", "spatial_norm", "norm_cross", "norm_q", "norm_k", "added_kv_proj_dim"):
        if what != "group_norm" or not m.residual_connection:
            _expect(m, what, getattr(m, what, None), None)
    _expect(m, "rescale_output_factor", m.rescale_output_factor, 1, 1.0)
    _expect(m, "is_causal", getattr(m, "is_causal", False), False)
    channels = m.to_q.in_features
    width = m.to_q.out_features
    _expect(m, "heads times dim_head", width, channels)
    _expect(m, "scale", round(m.scale * (width / m.heads) ** 0.5, 6), 1.0)
    if m.residual_connection:
        _expect(m, "heads", m.heads, 1)
        return core.VaeAttention(channels, m.group_norm.num_groups)
    return core.Attention(channels, m.to_k.in_features, m.heads)


def _geglu(m):
    return core.GEGLU(m.proj.in_features, m.proj.out_features // 2)


def _feed_forward(m):
    _expect(m, "net.0", type(m.net[0]).__name__, "GEGLU")
    dim = m.net[0].proj.in_features
    _expect(m, "the inner width", m.net[2].in_features, 4 * dim)
    return core.FeedForward(dim)


def _transformer_block(m):
    _check_block(m)
    return core.BasicTransformerBlock(m.attn1.to_q.in_features, m.attn2.to_k.in_features, m.attn1.heads)


def _check_block(m):
    _expect(m, "norm_type", m.norm_type, "layer_norm")
    _expect(m, "attn2", type(m.attn2).__name__, "Attention")
    _expect(m, "the inputs of attn1.to_k", m.attn1.to_k.in_features, m.attn1.to_q.in_features)
    _expect(m, "only_cross_attention", m.only_cross_attention, False)
    _expect(m, "pos_embed", getattr(m, "pos_embed", None), None)
    _expect(m, "fuser", getattr(m, "fuser", None), None)
    _attention(m.attn1), _attention(m.attn2), _feed_forward(m.ff)


def _transformer(m):
    return core.Transformer2D(_transformer_config(m))


def _transformer_config(m):
    _expect(m, "is_input_continuous", m.is_input_continuous, True)
    for block in m.transformer_blocks:
        _check_block(block)
    first = m.transformer_blocks[0]
    return core.TransformerConfig(channels=m.norm.num_channels, heads=first.attn1.heads,
                                  depth=len(m.transformer_blocks), context_channels=first.attn2.to_k.in_features,
                                  groups=m.norm.num_groups, linear_projection=m.use_linear_projection)


def _sizes_of_block(m):
    """What the configs of down and up blocks share."""
    for resnet in m.resnets:
        _resnet(resnet)
    _expect(m, "resnet_out_scale_factor", m.resnets[0].output_scale_factor, 1, 1.0)
    first = m.resnets[0]
    sizes = dict(out_channels=first.out_channels, layers=len(m.resnets), temb_channels=_temb_channels(first),
                 groups=first.norm1.num_groups, eps=first.norm1.eps)
    if hasattr(m, "attentions"):
        configs = [_transformer_config(attention) for attention in m.attentions]
        sizes.update(transformer=configs[0], depths=[len(a.transformer_blocks) for a in m.attentions])
    return sizes


def _down_block(m):
    samplers = m.downsamplers or []
    for sampler in samplers:
        _downsample(sampler)
        _expect(m, "downsample_padding", sampler.padding, 1)
    config = core.DownBlockConfig(in_channels=m.resnets[0].in_channels, add_downsample=bool(samplers),
                                  **_sizes_of_block(m))
    return getattr(core, type(m).__name__)(config)


def _up_block(m):
    for sampler in m.upsamplers or []:
        _upsample(sampler)
    sizes = _sizes_of_block(m)
    inputs, width = [resnet.in_channels for resnet in m.resnets], sizes["out_channels"]
    # A resnet's input is the running value beside a skip. How the first one is divided has no effect.
    last_skip = inputs[-1] - width if len(inputs) > 1 else inputs[0] // 2
    below = inputs[0] - (width if len(inputs) > 1 else last_skip)
    config = core.UpBlockConfig(in_channels=below, last_skip_channels=last_skip, add_upsample=bool(m.upsamplers),
                                **sizes)
    return getattr(core, type(m).__name__)(config)


def _mid_block_cross(m):
    for resnet in m.resnets:
        _resnet(resnet)
    _expect(m, "the number of layers", len(m.attentions), 1)
    first = m.resnets[0]
    return core.MidBlock2DCrossAttn(first.in_channels, _temb_channels(first), first.norm1.num_groups, first.norm1.eps,
                                    _transformer_config(m.attentions[0]))


def _mid_block(m):
    for resnet in m.resnets:
        _resnet(resnet)
    first = m.resnets[0]
    if len(m.resnets) == 1 and _temb_channels(first) > 0:  # that of SSD-1B's UNet
        return core.MidBlock2DCrossAttn(first.in_channels, _temb_channels(first), first.norm1.num_groups,
                                        first.norm1.eps)
    _expect(m, "the number of resnets", len(m.resnets), 2)
    _expect(m, "temb_channels", _temb_channels(first), 0)
    attentions = [attention for attention in m.attentions if attention is not None]
    for attention in attentions:
        _expect(m, "residual_connection", attention.residual_connection, True)
        _attention(attention)
    return core.UNetMidBlock2D(first.in_channels, first.norm1.num_groups, bool(attentions))


def _vae_block(m):
    for resnet in m.resnets:
        _resnet(resnet)
        _expect(m, "temb_channels", _temb_channels(resnet), 0)
    samplers = (getattr(m, "downsamplers", None) or []) or (getattr(m, "upsamplers", None) or [])
    for sampler in samplers:
        if hasattr(m, "downsamplers"):
            _downsample(sampler)
            _expect(m, "downsample_padding", sampler.padding, 0)
        else:
            _upsample(sampler)
    first = m.resnets[0]
    return getattr(core, type(m).__name__)(first.in_channels, first.out_channels, len(m.resnets),
                                           first.norm1.num_groups, bool(samplers))


def _unet(m):
    return core.UNet2DConditionModel(dict(m.config), "")


def _encoder(m):
    return core.Encoder(_vae_config(m, [block.resnets[0].out_channels for block in m.down_blocks],
                                    len(m.down_blocks[0].resnets), in_channels=m.conv_in.in_channels,
                                    latent_channels=m.conv_out.out_channels // 2))


def _decoder(m):
    _expect(m, "norm_type", type(m.conv_norm_out).__name__, "GroupNorm")
    return core.Decoder(_vae_config(m, [block.resnets[0].out_channels for block in reversed(m.up_blocks)],
                                    len(m.up_blocks[0].resnets) - 1, latent_channels=m.conv_in.in_channels,
                                    out_channels=m.conv_out.out_channels))


def _vae_config(m, widths, layers, **channels):
    _expect_silu(m, m.conv_act)
    _mid_block(m.mid_block)
    attentions = [attention for attention in m.mid_block.attentions if attention is not None]
    return dict(_class_name="AutoencoderKL", block_out_channels=widths, layers_per_block=layers,
                down_block_types=["DownEncoderBlock2D"] * len(widths), up_block_types=["UpDecoderBlock2D"] * len(widths),
                norm_num_groups=m.conv_norm_out.num_groups, mid_block_add_attention=bool(attentions), **channels)


def _autoencoder(m):
    return core.AutoencoderKL({**m.config, "_class_name": "AutoencoderKL"}, "")


def _tiny_block(m):
    return core.AutoencoderTinyBlock(m.conv[0].in_channels)


def _tiny_half(m):
    """Of the encoder or the decoder: the numbers of blocks between the convolutions."""
    kinds = [type(layer).__name__ for layer in m.layers]
    convolutions = [layer for layer in m.layers if type(layer).__name__ == "Conv2d"]
    counts = "".join("c" if kind == "Conv2d" else "b" if kind == "AutoencoderTinyBlock" else "" for kind in kinds)
    inner = counts.rstrip("c").split("c")[1:] if isinstance_named(m, "EncoderTiny") else counts.split("c")[1:-1]
    blocks, width = [len(level) for level in inner], convolutions[1].in_channels
    first, last = convolutions[0].in_channels, convolutions[-1].out_channels
    images = dict(in_channels=first, latent_channels=last)
    if not isinstance_named(m, "EncoderTiny"):
        images = dict(out_channels=last, latent_channels=first)
    config = dict(_class_name="AutoencoderTiny", num_encoder_blocks=blocks, num_decoder_blocks=blocks,
                  encoder_block_out_channels=[width] * len(blocks), decoder_block_out_channels=[width] * len(blocks),
                  **images)
    return getattr(core, class_here(m))(config)


def _autoencoder_tiny(m):
    return core.AutoencoderTiny({**m.config, "_class_name": "AutoencoderTiny"}, "")


def _clip_config(m, projected=False):
    config = m.config.to_dict()
    config["architectures"] = ["CLIPTextModelWithProjection" if projected else "CLIPTextModel"]
    return config


def _of_clip_config(m):
    return getattr(core, class_here(m))(_clip_config(m))


def _clip_attention(m):
    return core.CLIPAttention(m.embed_dim, m.num_heads)


def _clip_text_model(m):
    """In transformers 5 the model without a projection has no level text_model."""
    if type(m).__name__ == "CLIPTextModelWithProjection":
        return core.CLIPTextModel(_clip_config(m, projected=True))
    return (core.CLIPTextModel if hasattr(m, "text_model") else core.CLIPTextTransformer)(_clip_config(m))


def _embedding(m):
    return core.Embedding(m.num_embeddings, m.embedding_dim)


# torch's class -> (the class here, a function that builds it)
CLASSES = {
    "Linear": ("Linear", _linear), "NonDynamicallyQuantizableLinear": ("Linear", _linear),
    "LoRACompatibleLinear": ("Linear", _linear),
    "Conv2d": ("Conv2d", _conv2d), "LoRACompatibleConv": ("Conv2d", _conv2d),
    "GroupNorm": ("GroupNorm", _group_norm),
    "LayerNorm": ("LayerNorm", _layer_norm), "Embedding": ("Embedding", _embedding),
    "TimestepEmbedding": ("TimestepEmbedding", _time_embedding), "ResnetBlock2D": ("ResnetBlock", _resnet),
    "Downsample2D": ("Downsample2D", _downsample), "Upsample2D": ("Upsample2D", _upsample),
    "Attention": ("Attention", _attention), "GEGLU": ("GEGLU", _geglu), "FeedForward": ("FeedForward", _feed_forward),
    "BasicTransformerBlock": ("BasicTransformerBlock", _transformer_block),
    "Transformer2DModel": ("Transformer2D", _transformer),
    "DownBlock2D": ("DownBlock2D", _down_block), "CrossAttnDownBlock2D": ("CrossAttnDownBlock2D", _down_block),
    "UpBlock2D": ("UpBlock2D", _up_block), "CrossAttnUpBlock2D": ("CrossAttnUpBlock2D", _up_block),
    "UNetMidBlock2DCrossAttn": ("MidBlock2DCrossAttn", _mid_block_cross), "UNetMidBlock2D": ("UNetMidBlock2D", _mid_block),
    "UNet2DConditionModel": ("UNet2DConditionModel", _unet),
    "DownEncoderBlock2D": ("DownEncoderBlock2D", _vae_block), "UpDecoderBlock2D": ("UpDecoderBlock2D", _vae_block),
    "Encoder": ("Encoder", _encoder), "Decoder": ("Decoder", _decoder), "AutoencoderKL": ("AutoencoderKL", _autoencoder),
    "AutoencoderTinyBlock": ("AutoencoderTinyBlock", _tiny_block), "EncoderTiny": ("EncoderTiny", _tiny_half),
    "DecoderTiny": ("DecoderTiny", _tiny_half), "AutoencoderTiny": ("AutoencoderTiny", _autoencoder_tiny),
    "CLIPAttention": ("CLIPAttention", _clip_attention), "CLIPMLP": ("CLIPMLP", _of_clip_config),
    "CLIPEncoderLayer": ("CLIPEncoderLayer", _of_clip_config), "CLIPEncoder": ("CLIPEncoder", _of_clip_config),
    "CLIPTextEmbeddings": ("CLIPTextEmbeddings", _of_clip_config),
    "CLIPTextTransformer": ("CLIPTextTransformer", _of_clip_config),
    "CLIPTextModel": ("CLIPTextModel", _clip_text_model),
    "CLIPTextModelWithProjection": ("CLIPTextModel", _clip_text_model),
}  # fmt: skip


def torch_class(module) -> str | None:
    """The name of the class of torch, diffusers or transformers that a module is of, if it is built here."""
    for base in type(module).__mro__:
        if base.__module__.split(".")[0] in ("torch", "diffusers", "transformers") and base.__name__ in CLASSES:
            return base.__name__
    return None


def class_here(module) -> str | None:
    """The class here that a torch module's twin is of, or None."""
    name = torch_class(module)
    return CLASSES[name][0] if name else None


def isinstance_named(module, name) -> bool:
    return any(base.__name__ == name for base in type(module).__mro__)
