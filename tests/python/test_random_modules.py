"""Modules of random sizes: torch and the twin agree to 1e-5. GLASSBOX_MODULES is their number (200)."""

import os

import glassbox
import torch
from conftest import relative
from diffusers.models import attention, embeddings, resnet
from diffusers.models.attention_processor import Attention
from diffusers.models.autoencoders import vae
from diffusers.models.transformers.transformer_2d import Transformer2DModel
from diffusers.models.unets import unet_2d_blocks as blocks
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from transformers import CLIPTextConfig
from transformers.models.clip import modeling_clip as clip

number = st.integers
batch, side = number(1, 3), number(1, 9)


@st.composite
def sizes(draw):
    """Channels that divide into groups and heads, and what else a block needs."""
    groups, heads = draw(number(1, 4)), draw(number(1, 4))
    unit = groups * heads
    channels = [unit * draw(number(1, 16 // unit if unit < 16 else 1)) for _ in range(3)]
    return dict(groups=groups, heads=heads, a=channels[0], b=channels[1], c=channels[2], n=draw(batch),
                height=draw(side), width=draw(side), context=draw(number(1, 20)), words=draw(number(1, 5)),
                temb=draw(number(1, 12)), layers=draw(number(1, 3)), depth=draw(number(1, 2)), flag=draw(st.booleans()),
                eps=draw(st.sampled_from([1e-6, 1e-5, 1e-3])), seed=draw(number(0, 2**31)),
                inner=draw(number(1, 7)), stride=draw(number(1, 3)), kernel=draw(st.sampled_from([1, 2, 3, 5])),
                padding=draw(number(0, 2)))  # fmt: skip


def image(s, channels=None):
    return torch.randn(s["n"], channels or s["a"], s["height"], s["width"])


def tokens(s):
    return torch.randn(s["n"], s["height"], s["a"])


def context(s):
    return torch.randn(s["n"], s["words"], s["context"])


def time(s):
    return torch.randn(s["n"], s["temb"])


def large_enough(s):
    return image({**s, "height": s["height"] + 5, "width": s["width"] + 5})


def attention_block(s, cls, **more):
    return cls(num_layers=s["layers"], resnet_eps=s["eps"], resnet_groups=s["groups"], temb_channels=s["temb"], **more)


def crossing(s, channels):
    return dict(cross_attention_dim=s["context"], num_attention_heads=s["heads"], use_linear_projection=s["flag"],
                transformer_layers_per_block=s["depth"])  # fmt: skip


def clip_config(s):
    return CLIPTextConfig(vocab_size=50, hidden_size=s["a"], intermediate_size=s["inner"], num_hidden_layers=s["layers"],
                          num_attention_heads=s["heads"], max_position_embeddings=20, projection_dim=s["b"],
                          hidden_act="gelu" if s["flag"] else "quick_gelu", layer_norm_eps=s["eps"], eos_token_id=49,
                          bos_token_id=48, pad_token_id=49)  # fmt: skip


def up_skips(s, layers):
    return tuple(image(s, s["c"] if i == 0 else s["b"]) for i in range(layers))


def tiny_vae_block(s):
    return blocks.AutoencoderTinyBlock(s["a"], s["a"], "relu")


MODULES = {
    "Linear": lambda s: (torch.nn.Linear(s["a"], s["b"], s["flag"]), (tokens(s),)),
    "Conv2d": lambda s: (torch.nn.Conv2d(s["a"], s["b"], s["kernel"], s["stride"], s["padding"], bias=s["flag"]),
                         (large_enough(s),)),
    "GroupNorm": lambda s: (torch.nn.GroupNorm(s["groups"], s["a"], s["eps"]), (large_enough(s),)),
    "LayerNorm": lambda s: (torch.nn.LayerNorm(s["a"], s["eps"]), (tokens(s),)),
    "Embedding": lambda s: (torch.nn.Embedding(s["inner"], s["a"]), (torch.randint(0, s["inner"], (s["n"], 4)),)),
    "TimestepEmbedding": lambda s: (embeddings.TimestepEmbedding(s["a"], s["b"]), (torch.randn(s["n"], s["a"]),)),
    "ResnetBlock2D": lambda s: (
        resnet.ResnetBlock2D(in_channels=s["a"], out_channels=s["b"], groups=s["groups"], eps=s["eps"],
                             temb_channels=s["temb"] if s["flag"] else None),
        (image(s), time(s) if s["flag"] else None)),
    "Downsample2D": lambda s: (resnet.Downsample2D(s["a"], use_conv=True, padding=int(s["flag"])), (large_enough(s),)),
    "Upsample2D": lambda s: (resnet.Upsample2D(s["a"], use_conv=True), (image(s),)),
    "Attention": lambda s: (Attention(s["a"], s["context"] if s["flag"] else None, s["heads"], dim_head=s["a"] // s["heads"]),
                            (tokens(s), context(s) if s["flag"] else None)),
    "VaeAttention": lambda s: (Attention(s["a"], heads=1, dim_head=s["a"], norm_num_groups=s["groups"], eps=1e-6,
                                         residual_connection=True, bias=True), (image(s),)),
    "GEGLU": lambda s: (attention.GEGLU(s["a"], s["inner"]), (tokens(s),)),
    "FeedForward": lambda s: (attention.FeedForward(s["a"]), (tokens(s),)),
    "BasicTransformerBlock": lambda s: (
        attention.BasicTransformerBlock(s["a"], s["heads"], s["a"] // s["heads"], cross_attention_dim=s["context"]),
        (tokens(s), None, context(s))),
    "Transformer2DModel": lambda s: (
        Transformer2DModel(s["heads"], s["a"] // s["heads"], s["a"], num_layers=s["depth"], norm_num_groups=s["groups"],
                           cross_attention_dim=s["context"], use_linear_projection=s["flag"]),
        (image(s), context(s))),
    "DownBlock2D": lambda s: (attention_block(s, blocks.DownBlock2D, in_channels=s["a"], out_channels=s["b"],
                                              add_downsample=s["flag"]), (image(s), time(s))),
    "CrossAttnDownBlock2D": lambda s: (
        attention_block(s, blocks.CrossAttnDownBlock2D, in_channels=s["a"], out_channels=s["b"],
                        add_downsample=s["flag"], **crossing(s, s["b"])), (image(s), time(s), context(s))),
    "UpBlock2D": lambda s: (
        attention_block(s, blocks.UpBlock2D, in_channels=s["c"], out_channels=s["b"], prev_output_channel=s["a"],
                        add_upsample=s["flag"]), (image(s), up_skips(s, s["layers"]), time(s))),
    "CrossAttnUpBlock2D": lambda s: (
        attention_block(s, blocks.CrossAttnUpBlock2D, in_channels=s["c"], out_channels=s["b"],
                        prev_output_channel=s["a"], add_upsample=s["flag"], **crossing(s, s["b"])),
        (image(s), up_skips(s, s["layers"]), time(s), context(s))),
    "UNetMidBlock2DCrossAttn": lambda s: (
        blocks.UNetMidBlock2DCrossAttn(s["a"], s["temb"], resnet_eps=s["eps"], resnet_groups=s["groups"],
                                       **crossing(s, s["a"])), (image(s), time(s), context(s))),
    "UNetMidBlock2D": lambda s: (
        blocks.UNetMidBlock2D(s["a"], None, resnet_groups=s["groups"], add_attention=s["flag"], resnet_eps=1e-6,
                              attention_head_dim=s["a"]), (image(s),)),
    "DownEncoderBlock2D": lambda s: (
        blocks.DownEncoderBlock2D(s["a"], s["b"], num_layers=s["layers"], resnet_groups=s["groups"], resnet_eps=1e-6,
                                  add_downsample=s["flag"], downsample_padding=0), (large_enough(s),)),
    "UpDecoderBlock2D": lambda s: (
        blocks.UpDecoderBlock2D(s["a"], s["b"], num_layers=s["layers"], resnet_groups=s["groups"], resnet_eps=1e-6,
                                add_upsample=s["flag"]), (image(s),)),
    "Encoder": lambda s: (
        vae.Encoder(3, s["inner"], ("DownEncoderBlock2D",) * 2, (s["a"], s["b"]), s["layers"], s["groups"],
                    mid_block_add_attention=s["flag"]), (large_enough({**s, "a": 3}),)),
    "Decoder": lambda s: (
        vae.Decoder(s["inner"], 3, ("UpDecoderBlock2D",) * 2, (s["a"], s["b"]), s["layers"], s["groups"],
                    mid_block_add_attention=s["flag"]), (image(s, s["inner"]),)),
    "AutoencoderTinyBlock": lambda s: (tiny_vae_block(s), (image(s),)),
    "EncoderTiny": lambda s: (vae.EncoderTiny(3, 4, (1, s["layers"]), (s["a"],) * 2, "relu"), (image(s, 3),)),
    "DecoderTiny": lambda s: (vae.DecoderTiny(4, 3, (s["layers"], 1), (s["a"],) * 2, 2, "relu", "nearest"),
                              (image(s, 4),)),
    "CLIPMLP": lambda s: (clip.CLIPMLP(clip_config(s)), (tokens(s),)),
    "CLIPTextModel": lambda s: (clip.CLIPTextModel(clip_config(s)), (torch.randint(0, 50, (s["n"], s["height"])),)),
    "CLIPTextModelWithProjection": lambda s: (clip.CLIPTextModelWithProjection(clip_config(s)),
                                              (torch.randint(0, 50, (s["n"], s["height"])),)),
}  # fmt: skip


def tensors(output):
    if isinstance(output, torch.Tensor):
        return [output]
    output = output.to_tuple() if hasattr(output, "to_tuple") else output
    return [tensor for value in output if value is not None for tensor in tensors(value)]


@settings(max_examples=int(os.environ.get("GLASSBOX_MODULES", "200")), deadline=None, database=None, derandomize=True,
          suppress_health_check=list(HealthCheck))  # fmt: skip
@given(st.sampled_from(sorted(MODULES)), sizes())
def test_random_modules_agree(name, s):
    torch.manual_seed(s["seed"])
    module, inputs = MODULES[name](s)
    module = module.eval()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
        try:
            theirs = tensors(module(*inputs))
        except ValueError as error:  # torch's norms refuse a single value for each channel
            assume("more than 1 value" not in str(error))
            raise
        twin = glassbox.like(module)
        with glassbox.swap(module, twin) as swapped:
            ours = tensors(module(*inputs))
    assert sum(swapped.calls.values()) == 1
    assert len(ours) == len(theirs)
    for mine, other in zip(ours, theirs):
        assert mine.shape == other.shape
        # Tokens or a norm of one value are 0 but for rounding: then the sizes are compared to 1.
        assert (mine - other).norm() <= 1e-5 * max(float(other.norm()), 1e-2 * other.numel() ** 0.5)
