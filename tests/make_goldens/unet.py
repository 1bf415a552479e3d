"""Goldens of the UNet's blocks and of a tiny UNet of each family.

Inputs are chosen to make mistakes visible: two different images, height and width odd and different, numbers of
text tokens and of pixels different, inputs of small variance (1e-4) where a norm's epsilon matters.
"""

import json

import torch
from diffusers import UNet2DConditionModel
from diffusers.models.attention import BasicTransformerBlock, FeedForward
from diffusers.models.attention_processor import Attention
from diffusers.models.embeddings import TimestepEmbedding
from diffusers.models.resnet import Downsample2D, ResnetBlock2D, Upsample2D
from diffusers.models.transformers.transformer_2d import Transformer2DModel
from diffusers.models.unets.unet_2d_blocks import (
    CrossAttnDownBlock2D,
    CrossAttnUpBlock2D,
    DownBlock2D,
    UNetMidBlock2DCrossAttn,
    UpBlock2D,
)

from golden import randomise, record, write

SEED = 21  # with 20 the base model is chaotic: torch in float32 is 1e-5 off torch in float64


def block(name, module, run=None, **inputs):
    randomise(module, SEED)
    outputs = record(module, run or (lambda: module(*inputs.values())))
    write(name, __file__, weights=module.state_dict(), inputs=inputs, outputs=outputs, seed=SEED)


def layers():
    torch.manual_seed(SEED)
    faint = 0.01 * torch.randn(2, 12, 5, 7)
    temb = torch.randn(2, 20)
    resnet = ResnetBlock2D(in_channels=12, out_channels=18, temb_channels=20, groups=3, eps=1e-5)
    block("resnet", resnet, x=faint, temb=temb)
    same = ResnetBlock2D(in_channels=12, out_channels=12, temb_channels=20, groups=3, eps=1e-5)
    block("resnet_same_width", same, x=faint, temb=temb)
    block("downsample", Downsample2D(12, use_conv=True, name="op"), x=faint)
    block("upsample", Upsample2D(12, use_conv=True), x=faint)

    context = torch.randn(2, 9, 10)
    for projection in ("linear", "conv"):
        transformer = Transformer2DModel(
            num_attention_heads=3,
            attention_head_dim=4,
            in_channels=12,
            num_layers=2,
            cross_attention_dim=10,
            norm_num_groups=3,
            use_linear_projection=projection == "linear",
        )
        block(f"transformer_2d_{projection}", transformer, x=faint, context=context)

    tokens = torch.randn(2, 11, 12)
    block("attention_self", Attention(12, heads=2, dim_head=6), x=tokens)
    block("attention_cross", Attention(12, cross_attention_dim=10, heads=2, dim_head=6), x=tokens, context=context)
    block("feed_forward", FeedForward(12, activation_fn="geglu"), x=tokens)
    layer = BasicTransformerBlock(12, 2, 6, cross_attention_dim=10, activation_fn="geglu")
    faint_tokens = 0.01 * tokens
    run = lambda: layer(faint_tokens, encoder_hidden_states=context)  # noqa: E731
    block("basic_transformer_block", layer, run, x=faint_tokens, context=context)
    block("timestep_embedding", TimestepEmbedding(14, 20), x=torch.randn(2, 14))
    conditioned = TimestepEmbedding(14, 20, cond_proj_dim=6)
    block("timestep_embedding_conditioned", conditioned, x=torch.randn(2, 14), condition=torch.randn(2, 6))


def levels():
    """One level of the U of each kind by itself, with temb, context and skips."""
    torch.manual_seed(SEED)
    temb, context = torch.randn(2, 20), torch.randn(2, 9, 10)
    shared = {"temb_channels": 20, "resnet_groups": 3, "resnet_eps": 1e-5, "num_layers": 2}
    text = {
        "num_attention_heads": 2,
        "cross_attention_dim": 10,
        "use_linear_projection": True,
    }
    x = 0.1 * torch.randn(2, 6, 5, 7)
    down = DownBlock2D(6, 12, **shared)
    block("down_block", down, x=x, temb=temb)
    cross_down = CrossAttnDownBlock2D(6, 12, **shared, **text)
    block("cross_attn_down_block", cross_down, x=x, temb=temb, context=context)

    x = 0.1 * torch.randn(2, 12, 5, 7)
    mid = UNetMidBlock2DCrossAttn(12, **{**shared, "num_layers": 1}, **text)
    block("mid_block", mid, lambda: mid(x, temb, encoder_hidden_states=context), x=x, temb=temb, context=context)

    # From 18 channels below to 12, beside skips of 12 and 6, up to a size that isn't twice its own.
    x = 0.1 * torch.randn(2, 18, 5, 7)
    skips = [torch.randn(2, 6, 5, 7), torch.randn(2, 12, 5, 7)]
    sides = {"x": x, "temb": temb, "skip_0": skips[0], "skip_1": skips[1]}
    widths = {"in_channels": 6, "prev_output_channel": 18, "out_channels": 12}
    up = UpBlock2D(**widths, **shared)
    block("up_block", up, lambda: up(x, tuple(skips), temb, upsample_size=(9, 13)), **sides)
    cross_up = CrossAttnUpBlock2D(**widths, **shared, **text)
    run = lambda: cross_up(x, tuple(skips), temb, encoder_hidden_states=context, upsample_size=(9, 13))  # noqa: E731
    block("cross_attn_up_block", cross_up, run, context=context, **sides)


TEXT_AND_SIZES = {
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 8,
    "use_linear_projection": True,
}
FAMILIES = {
    "base": {
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        "block_out_channels": (8, 16, 24),
        "transformer_layers_per_block": (1, 1, 2),
        "attention_head_dim": (2, 8, 3),
        "cross_attention_dim": 20,
        "projection_class_embeddings_input_dim": 10 + 6 * 8,
        **TEXT_AND_SIZES,
    },
    "refiner": {
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
        "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        "block_out_channels": (8, 12, 16, 16),
        "transformer_layers_per_block": 2,
        "attention_head_dim": (2, 3, 8, 8),
        "cross_attention_dim": 14,
        "projection_class_embeddings_input_dim": 10 + 5 * 8,
        **TEXT_AND_SIZES,
    },
    "sd15": {
        "down_block_types": ("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
        "up_block_types": ("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
        "block_out_channels": (8, 12, 16, 16),
        "attention_head_dim": 4,
        "cross_attention_dim": 14,
        "layers_per_block": 1,
    },
    "sd21": {
        "down_block_types": ("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
        "up_block_types": ("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
        "block_out_channels": (8, 12, 16, 16),
        "attention_head_dim": (2, 3, 4, 4),
        "cross_attention_dim": 14,
        "use_linear_projection": True,
        "layers_per_block": (1, 2, 1, 1),
        "in_channels": 9,
    },
    "lcm": {
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
        "block_out_channels": (8, 16),
        "attention_head_dim": (2, 8),
        "cross_attention_dim": 20,
        "projection_class_embeddings_input_dim": 10 + 6 * 8,
        "time_cond_proj_dim": 6,
        "freq_shift": 1,
        "flip_sin_to_cos": False,
        **TEXT_AND_SIZES,
    },
}


def unets():
    for name, config in FAMILIES.items():
        unet = randomise(UNet2DConditionModel(sample_size=8, norm_num_groups=4, **config), SEED)
        torch.manual_seed(SEED)
        inputs = {
            "sample": torch.randn(2, unet.config.in_channels, 5, 6),
            "timestep": torch.tensor([501.5 if name == "base" else 37.0]),
            "encoder_hidden_states": torch.randn(2, 7, unet.config.cross_attention_dim),
        }
        arguments = {}
        if unet.config.addition_embed_type:
            ids = 5 if name == "refiner" else 6
            inputs["text_embeds"] = torch.randn(2, 10)
            inputs["time_ids"] = torch.tensor([[512.0, 768, 0, 16, 1024, 640], [96.0, 64, 8, 0, 6.5, 2.5]])[:, :ids]
            arguments["added_cond_kwargs"] = {key: inputs[key] for key in ("text_embeds", "time_ids")}
        if unet.config.time_cond_proj_dim:
            inputs["timestep_cond"] = arguments["timestep_cond"] = torch.randn(2, unet.config.time_cond_proj_dim)
        outputs = record(
            unet,
            lambda: unet(
                inputs["sample"], inputs["timestep"], inputs["encoder_hidden_states"], return_dict=False, **arguments
            ),
        )
        write(
            f"unet_{name}",
            __file__,
            config=json.loads(unet.to_json_string()),
            weights=unet.state_dict(),
            inputs=inputs,
            outputs=outputs,
            seed=SEED,
        )


# SDXL's distilled relatives, as their published configs differ from the base: depths that differ within a level,
# the up blocks' depths by themselves, a middle block without attention or none at all, one resnet a block.
DISTILLED = {
    "ssd_1b": {
        "transformer_layers_per_block": [1, [2, 1], [1, 2]],
        "reverse_transformer_layers_per_block": [[1, 2, 1], [2, 1, 1], 1],
        "mid_block_type": "UNetMidBlock2D",
    },
    "vega": {
        "transformer_layers_per_block": [1, [1, 1], [2, 1]],
        "reverse_transformer_layers_per_block": [[1, 1, 2], [1, 1, 1], 1],
        "mid_block_type": None,
    },
    "koala": {"transformer_layers_per_block": [1, 1, 2], "layers_per_block": 1},
    "unequal_middle": {
        "transformer_layers_per_block": [1, [1, 2], [2, 1]],
        "reverse_transformer_layers_per_block": [2, [1, 2, 1], 1],
        "cross_attention_dim": [6, 6, 6],
    },
}


def distilled():
    for name, changes in DISTILLED.items():
        config = {
            **FAMILIES["base"],
            "block_out_channels": (2, 4, 4),
            "attention_head_dim": (1, 2, 1),
            "cross_attention_dim": 6,
            "addition_time_embed_dim": 2,
            "projection_class_embeddings_input_dim": 4 + 6 * 2,
            **changes,
        }
        unet = randomise(UNet2DConditionModel(sample_size=8, norm_num_groups=2, **config), SEED)
        torch.manual_seed(SEED)
        inputs = {
            "sample": torch.randn(2, 4, 5, 6),
            "timestep": torch.tensor([37.0]),
            "encoder_hidden_states": torch.randn(2, 7, 6),
            "text_embeds": torch.randn(2, 4),
            "time_ids": torch.tensor([[512.0, 768, 0, 16, 1024, 640], [96.0, 64, 8, 0, 6.5, 2.5]]),
        }
        added = {key: inputs[key] for key in ("text_embeds", "time_ids")}
        outputs = record(
            unet,
            lambda: unet(
                inputs["sample"],
                inputs["timestep"],
                inputs["encoder_hidden_states"],
                return_dict=False,
                added_cond_kwargs=added,
            ),
        )
        write(
            f"unet_{name}",
            __file__,
            config=json.loads(unet.to_json_string()),
            weights=unet.state_dict(),
            inputs=inputs,
            outputs={"conv_out": outputs["conv_out"]},
            seed=SEED,
        )


if __name__ == "__main__":
    layers()
    levels()
    unets()
    distilled()
