"""Goldens of the high-resolution fix, by hand: draw, enlarge by Pillow, image to image, with one generator for all.

    python high_resolution.py

Writes tests/goldens/high_resolution_<case>.safetensors: the first latents, the enlarged images' bytes, the latents
after every step on them, and the new images' bytes. The models are those of pipeline.py.
"""

import json

import torch
from diffusers import StableDiffusionXLImg2ImgPipeline, StableDiffusionXLPipeline
from PIL import Image

from image_to_image import BASE
from pipeline import FULL_PROMPT, PROMPT
from run_pipeline import as_bytes, keep_in, open_pipeline, write_images

# case: model, scheduler, the first size, the second, strength, arguments
CASES = {
    "euler": (BASE, "euler", (56, 72), (88, 112), 0.5, {**FULL_PROMPT, "num_images_per_prompt": 2}),
    "ancestral": ("two_levels_f16", "euler-ancestral", (48, 40), (72, 56), 0.75, {**PROMPT, "guidance_rescale": 0.5}),
}


def draw(case, model, scheduler, size, larger, strength, arguments):
    arguments = {"num_inference_steps": 4, **arguments}
    generator = torch.Generator().manual_seed(7)
    first = open_pipeline(StableDiffusionXLPipeline, model, scheduler)
    second = open_pipeline(StableDiffusionXLImg2ImgPipeline, model, scheduler)
    steps = {}

    def decode(latents):
        with torch.no_grad():
            images = first.vae.decode(latents / first.vae.config.scaling_factor).sample
        return first.image_processor.postprocess(images, output_type="pil")

    height, width = size
    small = first(**arguments, height=height, width=width, generator=generator, output_type="latent").images
    enlarged = [image.resize(larger[::-1], Image.Resampling.LANCZOS) for image in decode(small)]
    latents = second(
        **arguments,
        image=enlarged,
        strength=strength,
        generator=generator,
        output_type="latent",
        callback_on_step_end=keep_in(steps),
    ).images
    pixels = as_bytes(decode(latents))
    write_images(
        f"high_resolution_{case}",
        __file__,
        {"small": small, "enlarged": as_bytes(enlarged), **steps, "latents": latents, "pixels": pixels},
        model=model,
        scheduler=scheduler,
        seed=7,
        arguments=json.dumps({**arguments, "height": height, "width": width, "strength": strength}),
    )


if __name__ == "__main__":
    for case, parts in CASES.items():
        draw(case, *parts)
