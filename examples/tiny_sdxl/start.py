"""Starts a training from a model in diffusers' folders, as the paper's stages start from each other."""

import shutil

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextModel, CLIPTextModelWithProjection

PARTS = {  # of the model: its class and its name among what the trainings write
    "vae": (AutoencoderKL, "autoencoder"),
    "unet": (UNet2DConditionModel, "unet"),
    "text_encoder": (CLIPTextModel, "text_encoder"),
    "text_encoder_2": (CLIPTextModelWithProjection, "text_encoder_2"),
}


def start_from(model, folder):
    """Writes the folder of a training from the model, whose weights have been rounded to float16."""
    if not (model / "model_index.json").exists():
        raise SystemExit(f"{model} is not a model in diffusers' layout: it has no model_index.json")
    for part, (kind, name) in PARTS.items():
        kind.from_pretrained(model / part, torch_dtype=torch.float32).save_pretrained(folder / name)
    shutil.copytree(model / "tokenizer", folder / "tokenizer", dirs_exist_ok=True)
