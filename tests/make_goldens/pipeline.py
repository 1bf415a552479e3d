"""Goldens of whole pipelines: tiny models in diffusers' folder layout, and what StableDiffusionXLPipeline draws with them.

    python pipeline.py TOKENIZER_FOLDER     the tokenizer (vocab.json, merges.txt) that the tiny models get

Writes tests/goldens/models/<model>/ and tests/goldens/pipeline_<case>.safetensors: the latents after every step and
the image's bytes; the metadata holds the model's name and the call's arguments.
"""

import shutil
import sys
from pathlib import Path

import torch
from diffusers import StableDiffusionXLPipeline, UNet2DConditionModel
from safetensors.torch import load_file, save_file
from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from run_pipeline import open_pipeline, run_pipeline
from tiny_models import (
    TEXT_AND_SIZES,
    TWO_LEVELS,
    autoencoder,
    enlarge_weights,
    euler,
    finish_folder,
    new_folder,
    text_config,
)

# The models differ in all sizes, and in how they are saved.
CONFIGS = {
    # three levels, float32, named as the published files are
    "three_levels_f32": {
        "seed": 1,
        "as_published": True,
        "dtype": torch.float32,
        "force_zeros": True,
        "text": {"hidden_size": 12, "intermediate_size": 20, "num_hidden_layers": 3, "num_attention_heads": 3},
        "text_2": {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2},
        "projection_dim": 10,
        "unet": {
            "sample_size": 8,
            "block_out_channels": (8, 12, 16),
            "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
            "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
            "layers_per_block": 1,
            "transformer_layers_per_block": (1, 1, 2),
            "attention_head_dim": (2, 3, 8),
            "norm_num_groups": 4,
            "addition_time_embed_dim": 4,
        },
        "vae": {"block_out_channels": (4, 4, 8, 8), "norm_num_groups": 2, "scaling_factor": 0.3},
        "scheduler": {"timestep_spacing": "leading", "steps_offset": 1},
    },
    # two levels, half precision under variant names, UNet in shards
    "two_levels_f16": {
        "seed": 2,
        "as_published": False,
        "dtype": torch.float16,
        "variant": "fp16",
        "shard": "60KB",
        "force_zeros": False,
        "text": {"hidden_size": 8, "intermediate_size": 12, "num_hidden_layers": 2, "num_attention_heads": 2},
        "text_2": {"hidden_size": 20, "intermediate_size": 16, "num_hidden_layers": 4, "num_attention_heads": 4},
        "projection_dim": 14,
        "unet": {
            "sample_size": 8,
            "block_out_channels": (12, 20),
            "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
            "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
            "layers_per_block": 2,
            "transformer_layers_per_block": 1,
            "attention_head_dim": (3, 5),
            "norm_num_groups": 2,
            "addition_time_embed_dim": 6,
        },
        "vae": {"block_out_channels": (2, 4, 4, 6), "norm_num_groups": 2, "scaling_factor": 0.18215, "layers_per_block": 2},
        "scheduler": {"timestep_spacing": "trailing"},
    },
    # bfloat16, attention at the finest level too, v-prediction
    "every_level_bf16": {
        "seed": 3,
        "as_published": False,
        "dtype": torch.bfloat16,
        "force_zeros": True,
        "text": {"hidden_size": 10, "intermediate_size": 12, "num_hidden_layers": 2, "num_attention_heads": 5},
        "text_2": {"hidden_size": 6, "intermediate_size": 16, "num_hidden_layers": 3, "num_attention_heads": 1},
        "projection_dim": 6,
        "unet": {
            "sample_size": 16,
            "block_out_channels": (6, 9, 12),
            "down_block_types": ("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
            "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
            "layers_per_block": 1,
            "transformer_layers_per_block": 1,
            "attention_head_dim": (1, 3, 4),
            "norm_num_groups": 3,
            "addition_time_embed_dim": 8,
        },
        "vae": {"block_out_channels": (4, 4, 4, 4), "norm_num_groups": 1, "scaling_factor": 0.5},
        "scheduler": {"timestep_spacing": "linspace", "prediction_type": "v_prediction"},
    },
    # distilled with guidance, as LCM is: conditioned on the guidance scale, and run without an unconditional input
    "lcm_f16": {
        "seed": 4,
        "as_published": False,
        "dtype": torch.float16,
        "variant": "fp16",
        "force_zeros": True,
        "text": {"hidden_size": 8, "intermediate_size": 12, "num_hidden_layers": 2, "num_attention_heads": 4},
        "text_2": {"hidden_size": 6, "intermediate_size": 12, "num_hidden_layers": 2, "num_attention_heads": 2},
        "projection_dim": 6,
        "unet": {**TWO_LEVELS, "time_cond_proj_dim": 16},
        "vae": {"block_out_channels": (4, 4, 4, 4), "norm_num_groups": 2, "scaling_factor": 0.3},
        "scheduler": {"timestep_spacing": "leading", "steps_offset": 1},
    },
}

PROMPT = {"prompt": "a large red star"}
FULL_PROMPT = {
    "prompt": "a large red star",
    "prompt_2": "a blue ring on a white background",
    "negative_prompt": "blurred",
    "negative_prompt_2": "a green moon",
}
SIZES = {
    "original_size": (256, 512),
    "crops_coords_top_left": (16, 24),
    "target_size": (64, 96),
    "negative_original_size": (32, 48),
    "negative_crops_coords_top_left": (4, 8),
    "negative_target_size": (128, 72),
}
TURBO = {**PROMPT, "negative_prompt": "blurred", "guidance_scale": 0.0}
CASES = {
    "euler": ("three_levels_f32", "euler", {**PROMPT, "guidance_scale": 5.0}),
    "euler_full": ("three_levels_f32", "euler", {**FULL_PROMPT, **SIZES, "height": 72, "width": 104}),
    "euler_without_guidance": ("three_levels_f32", "euler", {**PROMPT, "guidance_scale": 1.0, "height": 40}),
    "euler_two_images": (
        "three_levels_f32",
        "euler",
        {**FULL_PROMPT, **SIZES, "num_images_per_prompt": 2, "guidance_rescale": 0.7},
    ),
    "euler_negative_2_alone": ("three_levels_f32", "euler", {**PROMPT, "negative_prompt_2": "a green moon"}),
    "euler_empty_negative": ("three_levels_f32", "euler", {**PROMPT, "negative_prompt": ""}),
    "euler_denoising_end": ("three_levels_f32", "euler", {**PROMPT, "denoising_end": 0.6, "num_inference_steps": 10}),
    "euler_clip_skip": ("three_levels_f32", "euler", {**PROMPT, "clip_skip": 1}),
    "ddpm": ("three_levels_f32", "ddpm", {**FULL_PROMPT, **SIZES, "num_images_per_prompt": 2}),
    "ddpm_odd_latents": ("three_levels_f32", "ddpm", {**PROMPT, "height": 40, "width": 56}),
    "f16_trailing": ("two_levels_f16", "euler", {**FULL_PROMPT, "height": 56, "width": 88}),
    "f16_ddpm": ("two_levels_f16", "ddpm", {**PROMPT, "negative_original_size": (8, 8)}),
    "bf16_linspace_v": ("every_level_bf16", "euler", {**PROMPT, **SIZES, "guidance_scale": 3.5}),
    "bf16_ddpm_v": ("every_level_bf16", "ddpm", {**PROMPT, "height": 88, "width": 64}),
    # every scheduler
    "ddim": (
        "three_levels_f32",
        "ddim",
        {**FULL_PROMPT, "height": 40, "width": 72, "num_images_per_prompt": 2, "num_inference_steps": 3},
    ),
    "ddim_eta": (
        "every_level_bf16",
        "ddim",
        {**PROMPT, "eta": 0.7, "height": 56, "width": 72, "num_images_per_prompt": 2},
    ),
    "ancestral": ("three_levels_f32", "euler-ancestral", {**PROMPT, "height": 72, "num_images_per_prompt": 2}),
    "2m": ("three_levels_f32", "dpmpp-2m", {**FULL_PROMPT, "height": 40, "num_inference_steps": 6}),
    "2m_karras": ("two_levels_f16", "dpmpp-2m-karras", {**PROMPT, "width": 56, "num_inference_steps": 6}),
    "bf16_ddim_v": ("every_level_bf16", "ddim", {**PROMPT, "height": 56, "width": 72}),
    "bf16_2m_v": ("every_level_bf16", "dpmpp-2m", {**PROMPT, "height": 56, "width": 72}),
    # a generator for each image
    "seeds": ("two_levels_f16", "ddpm", {**PROMPT, "height": 40, "width": 56, "num_images_per_prompt": 2}, (7, 8)),
    # Turbo: trailing steps, no guidance
    "turbo_1": ("two_levels_f16", "euler-ancestral", {**TURBO, "num_inference_steps": 1}),
    "turbo_2": ("two_levels_f16", "euler-ancestral", {**TURBO, "num_inference_steps": 2, "height": 56, "width": 88}),
    "turbo_4": ("two_levels_f16", "euler-ancestral", {**TURBO, "num_images_per_prompt": 2}),
    # LCM: conditioned on the guidance scale; or as its LoRA is run, with a little guidance or none
    "lcm": ("lcm_f16", "lcm", {**FULL_PROMPT, "guidance_scale": 8.0, "num_images_per_prompt": 2}),
    "lcm_without_guidance": ("lcm_f16", "lcm", {**PROMPT, "guidance_scale": 1.0, "height": 56, "width": 72}),
    "lcm_guided": ("three_levels_f32", "lcm", {**PROMPT, "guidance_scale": 1.5, "height": 56, "width": 72}),
}


def build(c, tokenizer_folder):
    torch.manual_seed(c["seed"])
    tokenizers = [CLIPTokenizer.from_pretrained(tokenizer_folder, pad_token=pad) for pad in ("<|endoftext|>", "!")]
    widths = (c["text"], c["text_2"])
    configs = [
        text_config(tokenizer, width, c["projection_dim"], act, c["as_published"])
        for tokenizer, width, act in zip(tokenizers, widths, ("quick_gelu", "gelu"))
    ]
    encoder, encoder_2 = CLIPTextModel(configs[0]), CLIPTextModelWithProjection(configs[1])
    unet = UNet2DConditionModel(
        **c["unet"],
        **TEXT_AND_SIZES,
        cross_attention_dim=c["text"]["hidden_size"] + c["text_2"]["hidden_size"],
        projection_class_embeddings_input_dim=c["projection_dim"] + 6 * c["unet"]["addition_time_embed_dim"],
    )
    vae = autoencoder(**c["vae"])
    enlarge_weights((encoder, encoder_2, unet, vae), c["dtype"])
    return StableDiffusionXLPipeline(
        vae=vae,
        text_encoder=encoder,
        text_encoder_2=encoder_2,
        tokenizer=tokenizers[0],
        tokenizer_2=tokenizers[1],
        unet=unet,
        scheduler=euler(**c["scheduler"]),
        force_zeros_for_empty_prompt=c["force_zeros"],
        add_watermarker=False,
    )


def name_as_published(folder):
    """Restores names that current transformers leaves out: `text_model.` in the first encoder's names, and the stray
    position_ids that older files hold."""
    path = folder / "text_encoder" / "model.safetensors"
    tensors = {f"text_model.{name}": value for name, value in load_file(path).items()}
    tensors["text_model.embeddings.position_ids"] = torch.arange(77).reshape(1, 77)
    save_file(tensors, path, {"format": "pt"})


def save_model(name, c, tokenizer_folder):
    folder = new_folder(name)
    pipeline = build(c, tokenizer_folder)
    pipeline.to(c["dtype"]).save_pretrained(folder, variant=c.get("variant"))
    if "shard" in c:
        shutil.rmtree(folder / "unet")
        pipeline.unet.save_pretrained(folder / "unet", variant=c["variant"], max_shard_size=c["shard"])
    if c["as_published"]:
        name_as_published(folder)
        for part, pad in (("tokenizer", "<|endoftext|>"), ("tokenizer_2", "!")):
            (folder / part / "tokenizer.json").unlink()
            for file in ("vocab.json", "merges.txt"):
                shutil.copy(Path(tokenizer_folder) / file, folder / part / file)
    finish_folder(folder)


def draw(case, model, scheduler, arguments, seed=7):
    pipeline = open_pipeline(StableDiffusionXLPipeline, model, scheduler)
    arguments = {"num_inference_steps": 4, **arguments}
    run_pipeline(f"pipeline_{case}", __file__, pipeline, arguments, seed=seed, model=model, scheduler=scheduler)


if __name__ == "__main__":
    for model, config in CONFIGS.items():
        save_model(model, config, sys.argv[1])
    for case, parts in CASES.items():
        draw(case, *parts)
