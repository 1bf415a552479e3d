"""Goldens of inpainting: what StableDiffusionXLInpaintPipeline repaints, with ordinary UNets and with one of nine channels.

    python inpaint.py TOKENIZER_FOLDER     the tokenizer (vocab.json, merges.txt) that the new model gets

Writes tests/goldens/models/inpaint_f16/ and tests/goldens/inpaint_<case>.safetensors: the picture's and the mask's
bytes, or latents in the picture's place; the latents after every step, and the new picture's bytes.
"""

import json
import sys

import numpy as np
import torch
from diffusers import StableDiffusionXLInpaintPipeline
from PIL import Image

from golden import write
from image_to_image import BASE, REFINER, REFINER_SIZES, open_pipeline
from pipeline import FULL_PROMPT, PROMPT, SIZES, generator_of, save_model, seed_text

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
    "unet": {
        "in_channels": 9,
        "sample_size": 8,
        "block_out_channels": (6, 12),
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
        "layers_per_block": 1,
        "transformer_layers_per_block": 1,
        "attention_head_dim": (2, 3),
        "norm_num_groups": 3,
        "addition_time_embed_dim": 6,
    },
    "vae": {"block_out_channels": (4, 4, 4, 4), "norm_num_groups": 2, "scaling_factor": 0.3},
    "scheduler": {"timestep_spacing": "leading", "steps_offset": 1},
}
HEIGHT, WIDTH = 56, 72
# case: model, scheduler, what the image is, arguments
CASES = {
    "full": (BASE, "euler", "picture", {**FULL_PROMPT, **SIZES, "num_images_per_prompt": 2}),
    "strength": (BASE, "ddim", "picture", {**PROMPT, "crops_coords_top_left": (8, 16), "strength": 0.6}),
    "noise_alone": (BASE, "euler-ancestral", "picture", {**PROMPT, "strength": 1.0, "num_inference_steps": 3}),
    "part": (BASE, "dpmpp-2m", "picture", {**PROMPT, "denoising_start": 0.25, "denoising_end": 0.75}),
    "latents": (BASE, "ddpm", "latents", {**PROMPT, "strength": 0.7}),
    "refiner": (REFINER, "euler", "picture", {**FULL_PROMPT, **REFINER_SIZES, "strength": 0.5}),
    "lcm": (BASE, "lcm", "picture", {**PROMPT, "strength": 0.75, "guidance_scale": 1.0}),
    "nine_full": (NINE, "euler", "picture", {**FULL_PROMPT, **SIZES, "num_images_per_prompt": 2}),
    "nine_noise_alone": (NINE, "ddpm", "picture", {**PROMPT, "strength": 1.0, "guidance_rescale": 0.5}),
    "nine_part": (NINE, "euler-ancestral", "picture", {**PROMPT, "denoising_start": 0.25, "denoising_end": 0.75}),
    "seeds": (BASE, "euler-ancestral", "picture", {**PROMPT, "strength": 0.6, "num_images_per_prompt": 2}, (7, 8)),
    "nine_seeds": (NINE, "euler-ancestral", "picture", {**PROMPT, "strength": 0.6, "num_images_per_prompt": 2}, (7, 8)),
}  # fmt: skip


def picture_and_mask():
    """Of a size that has to be changed; the mask is coloured and soft, and its shape touches one side."""
    y, x = np.mgrid[0:61, 0:83].astype(np.float64)
    noise = np.random.default_rng(3).normal(0, 12, (61, 83, 3))
    picture = np.stack([3 * x, 4 * y, 250 - 2 * x - y], axis=-1) + noise
    soft = 255 / (1 + np.exp(((x - 60) ** 2 / 900 + (y - 25) ** 2 / 300 - 1) * 4))
    mask = np.stack([soft, np.clip(soft * 1.2, 0, 255), soft * 0.8], axis=-1)
    return [Image.fromarray(a.clip(0, 255).astype(np.uint8)) for a in (picture, mask)]


def draw(case, model, scheduler, what, arguments, seed=7):
    arguments = {"num_inference_steps": 5, **arguments}
    picture, mask = picture_and_mask()
    latents = torch.randn(1, 4, HEIGHT // 8, WIDTH // 8, generator=torch.Generator().manual_seed(5))
    image = picture if what == "picture" else latents
    pipeline = open_pipeline(StableDiffusionXLInpaintPipeline, model, scheduler)
    steps = {}

    def keep(_pipeline, step, _timestep, values):
        steps[f"latents.{step}"] = values["latents"].clone()
        return values

    def run(output_type):
        call = {**arguments, "image": image, "mask_image": mask, "height": HEIGHT, "width": WIDTH}
        call["generator"] = generator_of(seed)
        return pipeline(**call, output_type=output_type, callback_on_step_end=keep).images

    latents = run("latent")
    pixels = np.stack([np.asarray(picture) for picture in run("pil")])
    within = ((pixels > 0) & (pixels < 255)).mean()
    print(f"  {case}: {len(steps)} steps, latents' deviation {latents.std():.2f}, {within:.0%} of the bytes not at an end")
    write(
        f"inpaint_{case}",
        __file__,
        inputs={
            "image": torch.from_numpy(np.array(picture)) if what == "picture" else image,
            "mask": torch.from_numpy(np.array(mask)),
        },
        outputs={**steps, "latents": latents, "pixels": torch.from_numpy(pixels)},
        model=model,
        scheduler=scheduler,
        seed=seed_text(seed),
        arguments=json.dumps({**arguments, "height": HEIGHT, "width": WIDTH}),
    )


if __name__ == "__main__":
    save_model(NINE, NINE_CONFIG, sys.argv[1])
    for case, parts in CASES.items():
        draw(case, *parts)
