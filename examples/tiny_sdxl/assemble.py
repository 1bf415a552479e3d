"""Puts what was trained into diffusers' folders, float16: FOLDER/model and FOLDER/model/refiner."""

import json
import shutil

import torch
from diffusers import (
    AutoencoderKL,
    EulerDiscreteScheduler,
    StableDiffusionXLImg2ImgPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)

from text_encoders import load_text
from unet import SCHEDULE


def without_paths(model):
    """Removes the path that a component was loaded from."""
    for path in model.rglob("*.json"):
        config = json.loads(path.read_text())
        if isinstance(config, dict) and config.pop("_name_or_path", None) is not None:
            path.write_text(json.dumps(config, indent=2) + "\n")


def assemble(preset, folder, device, minutes=None):
    tokenizer, encoder, encoder_2 = load_text(folder, "cpu")
    scheduler = EulerDiscreteScheduler(**SCHEDULE, steps_offset=1, timestep_spacing="leading")
    scheduler.register_to_config(clip_sample=False, set_alpha_to_one=False)  # for DDIM and DDPM, as SDXL's has it
    shared = {"vae": AutoencoderKL.from_pretrained(folder / "autoencoder"), "scheduler": scheduler}
    shared |= {"text_encoder_2": encoder_2, "tokenizer_2": tokenizer, "force_zeros_for_empty_prompt": False}
    base = StableDiffusionXLPipeline(
        text_encoder=encoder,
        tokenizer=tokenizer,
        unet=UNet2DConditionModel.from_pretrained(folder / "unet"),
        add_watermarker=False,
        **shared,
    )
    base.to(torch.float16).save_pretrained(folder / "model")
    if (folder / "refiner_unet").exists():
        refiner = StableDiffusionXLImg2ImgPipeline(
            text_encoder=None,
            tokenizer=None,
            unet=UNet2DConditionModel.from_pretrained(folder / "refiner_unet"),
            requires_aesthetics_score=True,
            add_watermarker=False,
            **shared,
        )
        refiner.to(torch.float16).save_pretrained(folder / "model" / "refiner")
    for path in (folder / "model").glob("**/tokenizer*/"):
        for name in ("vocab.json", "merges.txt"):
            shutil.copy(folder / "tokenizer" / name, path)
    without_paths(folder / "model")
    size = sum(path.stat().st_size for path in (folder / "model").rglob("*") if path.is_file())
    print(f"{folder / 'model'}: {size / 1e6:.1f} MB", flush=True)
