"""Goldens of image to image: what StableDiffusionXLImg2ImgPipeline draws, with a base and with a refiner.

    python image_to_image.py TOKENIZER_FOLDER     the tokenizer (vocab.json, merges.txt) that the refiner gets

Writes tests/goldens/models/refiner_f16/ and tests/goldens/image_to_image_<case>.safetensors: the input image or
latents, the latents after every step, and the image's bytes; the metadata holds the model's name and the call's
arguments. The base models are those of pipeline.py.
"""

import sys

import torch
from diffusers import StableDiffusionXLImg2ImgPipeline, StableDiffusionXLPipeline, UNet2DConditionModel
from transformers import CLIPTextModelWithProjection, CLIPTokenizer

from pipeline import FULL_PROMPT, PROMPT, SIZES
from run_pipeline import open_pipeline, run_pipeline
from tiny_models import TEXT_AND_SIZES, autoencoder, enlarge_weights, euler, finish_folder, new_folder, text_config

BASE, REFINER = "three_levels_f32", "refiner_f16"
REFINER_SIZES = {
    "original_size": (256, 512),
    "crops_coords_top_left": (16, 24),
    "negative_original_size": (32, 48),
    "negative_crops_coords_top_left": (4, 8),
    "aesthetic_score": 7.5,
    "negative_aesthetic_score": 1.5,
}
# case: model, scheduler, what the image is, arguments
CASES = {
    "image": (BASE, "euler", "image", {**PROMPT, "strength": 0.6}),
    "full": (BASE, "euler", "image", {**FULL_PROMPT, **SIZES, "strength": 0.8, "num_images_per_prompt": 2}),
    "crop": (BASE, "ddim", "image", {**PROMPT, "crops_coords_top_left": (8, 16), "strength": 0.4}),
    "latents": (BASE, "dpmpp-2m", "two latents", {**PROMPT, "strength": 0.7, "num_images_per_prompt": 2}),
    "part": (BASE, "euler", "latents", {**PROMPT, "denoising_start": 0.25, "denoising_end": 0.75}),
    "start_0": (BASE, "euler", "latents", {**PROMPT, "denoising_start": 0.0, "strength": 0.5}),
    "bf16_ddpm": ("every_level_bf16", "ddpm", "image", {**PROMPT, "strength": 0.58, "num_inference_steps": 7}),
    "f16_ancestral": ("two_levels_f16", "euler-ancestral", "image", {**PROMPT, "strength": 0.5}),
    "lcm": (BASE, "lcm", "image", {**PROMPT, "strength": 0.75, "guidance_scale": 1.0}),
    "refiner_image": (REFINER, "euler", "image", {**FULL_PROMPT, **REFINER_SIZES, "strength": 0.6}),
    "refiner_latents": (REFINER, "euler", "base latents", {**PROMPT, "strength": 0.3, "num_inference_steps": 10}),
    "refiner_expert": (REFINER, "euler", "base latents", {**PROMPT, "denoising_start": 0.6, "num_inference_steps": 10}),
    "refiner_expert_2m": (REFINER, "dpmpp-2m", "base latents", {**PROMPT, "denoising_start": 0.8, "num_inference_steps": 20}),
    "seeds": ("two_levels_f16", "euler-ancestral", "image", {**PROMPT, "strength": 0.5, "num_images_per_prompt": 2}, (7, 8)),
}  # fmt: skip


def save_refiner(tokenizer_folder):
    torch.manual_seed(11)
    tokenizer = CLIPTokenizer.from_pretrained(tokenizer_folder, pad_token="!")
    text = {"hidden_size": 20, "intermediate_size": 16, "num_hidden_layers": 3, "num_attention_heads": 4}
    encoder = CLIPTextModelWithProjection(text_config(tokenizer, text, 14, "gelu", as_published=True))
    unet = UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(6, 12, 12, 18),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        layers_per_block=1,
        transformer_layers_per_block=2,
        attention_head_dim=(2, 2, 3, 3),
        norm_num_groups=3,
        cross_attention_dim=20,
        addition_time_embed_dim=6,
        projection_class_embeddings_input_dim=14 + 5 * 6,
        **TEXT_AND_SIZES,
    )
    vae = autoencoder(block_out_channels=(4, 4, 4, 6), norm_num_groups=2, scaling_factor=0.3)
    enlarge_weights((encoder, unet, vae), torch.float16)
    pipeline = StableDiffusionXLImg2ImgPipeline(
        vae=vae,
        text_encoder=None,
        text_encoder_2=encoder,
        tokenizer=None,
        tokenizer_2=tokenizer,
        unet=unet,
        scheduler=euler(timestep_spacing="leading", steps_offset=1),
        requires_aesthetics_score=True,
        force_zeros_for_empty_prompt=False,
        add_watermarker=False,
    )
    folder = new_folder(REFINER)
    pipeline.to(torch.float16).save_pretrained(folder, variant="fp16")
    finish_folder(folder)


def image_for(what, scheduler, arguments):
    """An image (1, 3, 72, 56) from -1 to 1, some latents, or those of a base that drew the same prompt."""
    generator = torch.Generator().manual_seed(5)
    if what == "image":
        y, x = torch.meshgrid(torch.linspace(-1, 1, 72), torch.linspace(-1, 1, 56), indexing="ij")
        smooth = torch.stack([x, y, torch.sin(5 * x * y)])
        return (0.8 * smooth + 0.2 * torch.randn(3, 72, 56, generator=generator)).clamp(-1, 1)[None]
    if what == "base latents":
        base = open_pipeline(StableDiffusionXLPipeline, BASE, scheduler)
        call = {"prompt": arguments["prompt"], "num_inference_steps": arguments["num_inference_steps"]}
        if "denoising_start" in arguments:
            call["denoising_end"] = arguments["denoising_start"]
        return base(**call, height=56, width=72, generator=generator, output_type="latent").images
    return torch.randn(2 if what == "two latents" else 1, 4, 9, 7, generator=generator)


def draw(case, model, scheduler, what, arguments, seed=7):
    arguments = {"num_inference_steps": 5, **arguments}
    image = {"image": image_for(what, scheduler, arguments)}
    pipeline = open_pipeline(StableDiffusionXLImg2ImgPipeline, model, scheduler)
    about = {"seed": seed, "model": model, "scheduler": scheduler}
    run_pipeline(f"image_to_image_{case}", __file__, pipeline, arguments, images=image, inputs=image, **about)


if __name__ == "__main__":
    save_refiner(sys.argv[1])
    for case, parts in CASES.items():
        draw(case, *parts)
