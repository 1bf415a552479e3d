"""Goldens of the UNet's blocks and of a tiny UNet of each family.

Inputs are made to discriminate: two different images, height and width odd and different, another number of text
tokens than of pixels, faint inputs (variance 1e-4) where a norm's epsilon matters.
"""

import json

import torch
from diffusers import UNet2DConditionModel
from diffusers.models.resnet import Downsample2D, ResnetBlock2D, Upsample2D
from diffusers.models.transformers.transformer_2d import Transformer2DModel

from golden import randomise, record, write

SEED = 21  # with 20 the base model is chaotic: torch in float32 is 1e-5 off torch in float64


def block(name, module, *, config=None, **inputs):
    randomise(module, SEED)
    outputs = record(module, lambda: module(*inputs.values()))
    write(name, __file__, config=config, weights=module.state_dict(), inputs=inputs, outputs=outputs, seed=SEED)


def blocks():
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


if __name__ == "__main__":
    blocks()
    unets()
