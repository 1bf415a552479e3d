"""Goldens of the tiny autoencoder: encoding and decoding, and what pipelines draw with it.

    python vae_tiny.py     after pipeline.py, whose base model it is put into

Writes tests/goldens/vae_tiny.safetensors, the folder models/vae_tiny, and vae_tiny_<case>.safetensors as pipeline.py
does.
"""

import json

import torch
from diffusers import AutoencoderTiny, StableDiffusionXLImg2ImgPipeline, StableDiffusionXLPipeline

from golden import SILENT, randomise, record, write
from pipeline import PROMPT
from run_pipeline import noise_image, open_pipeline, run_pipeline
from tiny_models import MODELS, finish_folder, new_folder

SEED = 31
BASE = "three_levels_f32"
CONFIG = {
    "encoder_block_out_channels": (6, 6, 6),
    "decoder_block_out_channels": (9, 9, 9),
    "num_encoder_blocks": (1, 0, 2),
    "num_decoder_blocks": (2, 1, 0),
    "latent_channels": 5,
}
# Four levels, as the published ones have; a scale of its own.
FOLDER_CONFIG = {
    "encoder_block_out_channels": (5,) * 4,
    "decoder_block_out_channels": (7,) * 4,
    "num_encoder_blocks": (0, 1, 1, 1),
    "num_decoder_blocks": (1, 1, 1, 0),
    "scaling_factor": 0.8,
}
# case: is there an image, scheduler, arguments
CASES = {
    "text": (False, "euler", {**PROMPT, "height": 40, "width": 56, "num_images_per_prompt": 2}),
    "image": (True, "ddim", {**PROMPT, "strength": 0.6}),
}


def whole():
    """Odd sizes, which are halved rounded up; latents far out, which tanh limits."""
    vae = randomise(AutoencoderTiny(**CONFIG), SEED)
    generator = torch.Generator().manual_seed(SEED)
    image = torch.randn(2, 3, 11, 14, generator=generator).clamp(-1, 1)
    image[1] *= 0.05
    latents = torch.randn(2, 5, 3, 5, generator=generator)
    latents[1] *= 8

    def run():
        encoded = vae.encode(image).latents
        return vae.decode(latents).sample, encoded

    outputs = record(vae, run, silent=(*SILENT, torch.nn.ReLU, torch.nn.Upsample))
    del outputs[""]  # AutoencoderTiny.forward was not called
    inputs = {"image": image, "latents": latents}
    config = json.loads(vae.to_json_string())
    write("vae_tiny", __file__, config=config, weights=vae.state_dict(), inputs=inputs, outputs=outputs, seed=SEED)


def save_folder():
    folder = new_folder("vae_tiny")
    vae = randomise(AutoencoderTiny(**FOLDER_CONFIG), SEED)
    vae.half().save_pretrained(folder)
    finish_folder(folder)


def draw(case, has_image, scheduler, arguments):
    kind = StableDiffusionXLImg2ImgPipeline if has_image else StableDiffusionXLPipeline
    vae = AutoencoderTiny.from_pretrained(MODELS / "vae_tiny", torch_dtype=torch.float32)
    pipeline = open_pipeline(kind, BASE, scheduler, vae=vae)
    arguments = {"num_inference_steps": 4, **arguments}
    images = {"image": noise_image(40, 56)} if has_image else {}
    about = {"model": BASE, "scheduler": scheduler}
    run_pipeline(f"vae_tiny_{case}", __file__, pipeline, arguments, images=images, inputs=images, **about)


if __name__ == "__main__":
    whole()
    save_folder()
    for case, parts in CASES.items():
        draw(case, *parts)
