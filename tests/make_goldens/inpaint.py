"""Goldens of inpainting: what StableDiffusionXLInpaintPipeline draws, with ordinary UNets and with one of nine channels.

    python inpaint.py TOKENIZER_FOLDER     the tokenizer (vocab.json, merges.txt) that the new model gets

Writes tests/goldens/models/inpaint_f16/ and tests/goldens/inpaint_<case>.safetensors: the image's and the mask's
bytes, or latents in the image's place; the latents after every step, and the new image's bytes.
"""

import sys

import numpy as np
import torch
from diffusers import StableDiffusionXLInpaintPipeline
from PIL import Image

from image_to_image import BASE, REFINER, REFINER_SIZES
from pipeline import FULL_PROMPT, PROMPT, SIZES, save_model
from run_pipeline import open_pipeline, run_pipeline
from tiny_models import TWO_LEVELS

NINE = "inpaint_f16"
NINE_CONFIG = {
    "seed": 12,
    "as_published": False,
    "dtype": torch.float16,
    "variant": "fp16",
    "force_zeros": True,
    "text": {"hidden_size": 8, "intermediate_size": 12, "num_hidden_layers": 2, "num_attention_heads": 2},
    "text_2": {"hidden_size": 6, "intermediate_size": 16, "num_hidden_layers": 2, "num_attention_heads": 3},
    "projection_dim": 6,
    "unet": {**TWO_LEVELS, "in_channels": 9},
    "vae": {"block_out_channels": (4, 4, 4, 4), "norm_num_groups": 2, "scaling_factor": 0.3},
    "scheduler": {"timestep_spacing": "leading", "steps_offset": 1},
}
HEIGHT, WIDTH = 56, 72
# case: model, scheduler, what the image is, arguments
CASES = {
    "full": (BASE, "euler", "image", {**FULL_PROMPT, **SIZES, "num_images_per_prompt": 2}),
    "strength": (BASE, "ddim", "image", {**PROMPT, "crops_coords_top_left": (8, 16), "strength": 0.6}),
    "noise_alone": (BASE, "euler-ancestral", "image", {**PROMPT, "strength": 1.0, "num_inference_steps": 3}),
    "part": (BASE, "dpmpp-2m", "image", {**PROMPT, "denoising_start": 0.25, "denoising_end": 0.75}),
    "latents": (BASE, "ddpm", "latents", {**PROMPT, "strength": 0.7}),
    "refiner": (REFINER, "euler", "image", {**FULL_PROMPT, **REFINER_SIZES, "strength": 0.5}),
    "lcm": (BASE, "lcm", "image", {**PROMPT, "strength": 0.75, "guidance_scale": 1.0}),
    "nine_full": (NINE, "euler", "image", {**FULL_PROMPT, **SIZES, "num_images_per_prompt": 2}),
    "nine_noise_alone": (NINE, "ddpm", "image", {**PROMPT, "strength": 1.0, "guidance_rescale": 0.5}),
    "nine_part": (NINE, "euler-ancestral", "image", {**PROMPT, "denoising_start": 0.25, "denoising_end": 0.75}),
    "seeds": (BASE, "euler-ancestral", "image", {**PROMPT, "strength": 0.6, "num_images_per_prompt": 2}, (7, 8)),
    "nine_seeds": (NINE, "euler-ancestral", "image", {**PROMPT, "strength": 0.6, "num_images_per_prompt": 2}, (7, 8)),
}  # fmt: skip


def image_and_mask():
    """Of a size that has to be changed; the mask is coloured and soft, and its shape touches one side."""
    y, x = np.mgrid[0:61, 0:83].astype(np.float64)
    noise = np.random.default_rng(3).normal(0, 12, (61, 83, 3))
    image = np.stack([3 * x, 4 * y, 250 - 2 * x - y], axis=-1) + noise
    soft = 255 / (1 + np.exp(((x - 60) ** 2 / 900 + (y - 25) ** 2 / 300 - 1) * 4))
    mask = np.stack([soft, np.clip(soft * 1.2, 0, 255), soft * 0.8], axis=-1)
    return [Image.fromarray(a.clip(0, 255).astype(np.uint8)) for a in (image, mask)]


def draw(case, model, scheduler, what, arguments, seed=7):
    arguments = {"num_inference_steps": 5, **arguments, "height": HEIGHT, "width": WIDTH}
    image, mask = image_and_mask()
    stored = torch.from_numpy(np.array(image))
    if what == "latents":
        image = stored = torch.randn(1, 4, HEIGHT // 8, WIDTH // 8, generator=torch.Generator().manual_seed(5))
    run_pipeline(
        f"inpaint_{case}",
        __file__,
        open_pipeline(StableDiffusionXLInpaintPipeline, model, scheduler),
        arguments,
        images={"image": image, "mask_image": mask},
        inputs={"image": stored, "mask": torch.from_numpy(np.array(mask))},
        seed=seed,
        model=model,
        scheduler=scheduler,
    )


if __name__ == "__main__":
    save_model(NINE, NINE_CONFIG, sys.argv[1])
    for case, parts in CASES.items():
        draw(case, *parts)
