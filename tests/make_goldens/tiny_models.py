"""Shared by the scripts that make tiny models: their common parts, and how they are saved."""

import shutil

import torch
from diffusers import AutoencoderKL, EulerDiscreteScheduler
from transformers import CLIPTextConfig

from golden import GOLDENS

MODELS = GOLDENS / "models"
# A UNet of two levels, one resnet each.
TWO_LEVELS = {
    "sample_size": 8,
    "block_out_channels": (6, 12),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
    "layers_per_block": 1,
    "transformer_layers_per_block": 1,
    "attention_head_dim": (2, 3),
    "norm_num_groups": 3,
    "addition_time_embed_dim": 6,
}
TEXT_AND_SIZES = {"use_linear_projection": True, "addition_embed_type": "text_time"}


def text_config(tokenizer, sizes, projection_dim, act, as_published):
    # The published configs hold ids of another tokenizer; 2 means: the end of the text is the largest id.
    special = {"bos_token_id": 0, "eos_token_id": 2, "pad_token_id": 1}
    if not as_published:
        special = {f"{kind}_token_id": getattr(tokenizer, f"{kind}_token_id") for kind in ("bos", "eos", "pad")}
    return CLIPTextConfig(
        **sizes,
        hidden_act=act,
        projection_dim=projection_dim,
        vocab_size=len(tokenizer),
        **special,
    )


def autoencoder(**config):
    """An AutoencoderKL of four levels, so that latents have an eighth of the image's size."""
    return AutoencoderKL(
        **config,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=4,
        sample_size=64,
    )


def euler(**config):
    """The Euler scheduler with the noise schedule of SDXL."""
    return EulerDiscreteScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", **config)


@torch.no_grad()
def enlarge_weights(modules, dtype):
    """Larger weights than torch's own start, with which the text hardly changes the image. Rounded to `dtype`."""
    for module in modules:
        for parameter in module.parameters():
            parameter.copy_((parameter * 1.5 + 0.02 * torch.randn_like(parameter)).to(dtype).float())


def new_folder(name):
    """The path of a model's folder, with what was there removed."""
    folder = MODELS / name
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def finish_folder(folder):
    """Makes the folder readable for all users, and prints its size."""
    for file in folder.rglob("*"):
        file.chmod(0o755 if file.is_dir() else 0o644)
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    print(f"{folder.name}: {size / 1024:.0f} KB")
