"""Goldens of Stable Diffusion 1 and 2: tiny models in diffusers' folder layout, and what its pipelines draw with them.

    python stable_diffusion.py TOKENIZER_FOLDER     the tokenizer (vocab.json, merges.txt) that the tiny models get

Writes tests/goldens/models/sd_1_f32/ and sd_2_f16/, and tests/goldens/stable_diffusion_<case>.safetensors as
pipeline.py does.
"""

import json
import sys

import torch
from diffusers import (
    DDIMScheduler,
    DDPMScheduler,
    EulerDiscreteScheduler,
    StableDiffusionImg2ImgPipeline,
    StableDiffusionPipeline,
    UNet2DConditionModel,
)
from transformers import CLIPTextModel, CLIPTokenizer

from run_pipeline import noise_image, run_pipeline
from tiny_models import MODELS, autoencoder, enlarge_weights, finish_folder, new_folder, text_config

SCHEDULERS = {"ddim": DDIMScheduler, "ddpm": DDPMScheduler, "euler": EulerDiscreteScheduler}
CROSS, PLAIN = "CrossAttn{}Block2D", "{}Block2D"

MODEL = {
    # as SD 1.5: heads by one number, 1x1 convolutions in the transformers, the scheduler's config is PNDM's
    "sd_1_f32": {
        "dtype": torch.float32,
        "text": {"hidden_size": 12, "intermediate_size": 20, "num_hidden_layers": 3, "num_attention_heads": 3},
        "act": "quick_gelu",
        "pad": "<|endoftext|>",
        "unet": {
            "sample_size": 8,
            "block_out_channels": (8, 12, 16),
            "attention_head_dim": 2,
            "use_linear_projection": False,
        },
        "scheduler": {"_class_name": "PNDMScheduler", "skip_prk_steps": True},
    },
    # as SD 2.1: heads of one size, linear projections, v is predicted
    "sd_2_f16": {
        "dtype": torch.float16,
        "text": {"hidden_size": 20, "intermediate_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4},
        "act": "gelu",
        "pad": "!",
        "unet": {
            "sample_size": 8,
            "block_out_channels": (8, 12, 16),
            "attention_head_dim": (1, 2, 4),
            "use_linear_projection": True,
            "upcast_attention": True,
        },
        "scheduler": {"_class_name": "DDIMScheduler", "prediction_type": "v_prediction"},
    },
}
SCHEDULER = {
    "_diffusers_version": "0.6.0",
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "beta_start": 0.00085,
    "clip_sample": False,
    "num_train_timesteps": 1000,
    "set_alpha_to_one": False,
    "steps_offset": 1,
    "trained_betas": None,
}
PROMPT = {"prompt": "a large red star"}
BOTH = {**PROMPT, "negative_prompt": "a green moon"}
CASES = {
    "1_ddim": ("sd_1_f32", "ddim", {**BOTH, "guidance_scale": 7.5, "height": 72, "width": 104}),
    "1_euler": ("sd_1_f32", "euler", {**PROMPT, "guidance_scale": 5.0, "num_images_per_prompt": 2, "clip_skip": 1}),
    "1_alone": ("sd_1_f32", "ddpm", {**PROMPT, "guidance_scale": 1.0, "height": 40, "width": 48}),
    "2_ddim": ("sd_2_f16", "ddim", {**PROMPT, "guidance_scale": 7.5, "guidance_rescale": 0.7}),
    "2_euler": ("sd_2_f16", "euler", {**BOTH, "guidance_scale": 3.0, "height": 24, "width": 40}),
    "1_image": ("sd_1_f32", "ddim", {**BOTH, "guidance_scale": 4.0, "strength": 0.6}),
}


def build(name, c, tokenizer_folder):
    torch.manual_seed(len(name) + ord(name[3]))
    tokenizer = CLIPTokenizer.from_pretrained(tokenizer_folder, pad_token=c["pad"])
    unet = UNet2DConditionModel(
        **c["unet"],
        down_block_types=[t.format("Down") for t in (CROSS, CROSS, PLAIN)],
        up_block_types=[t.format("Up") for t in (PLAIN, CROSS, CROSS)],
        layers_per_block=1,
        norm_num_groups=4,
        cross_attention_dim=c["text"]["hidden_size"],
    )
    vae = autoencoder(block_out_channels=(4, 4, 8, 8), norm_num_groups=2)
    encoder = CLIPTextModel(text_config(tokenizer, c["text"], 16, c["act"], True))
    enlarge_weights((encoder, unet, vae), c["dtype"])
    return StableDiffusionPipeline(
        vae=vae,
        text_encoder=encoder,
        tokenizer=tokenizer,
        unet=unet,
        scheduler=DDIMScheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def save_model(name, c, tokenizer_folder):
    folder = new_folder(name)
    build(name, c, tokenizer_folder).to(c["dtype"]).save_pretrained(folder)
    config = json.dumps({**SCHEDULER, **c["scheduler"]}, indent=2)
    (folder / "scheduler" / "scheduler_config.json").write_text(config + "\n")
    index = folder / "model_index.json"
    index.write_text(index.read_text().replace("DDIMScheduler", c["scheduler"]["_class_name"]))
    finish_folder(folder)


def draw(case, model, scheduler, arguments):
    is_image = "strength" in arguments
    kind = StableDiffusionImg2ImgPipeline if is_image else StableDiffusionPipeline
    config = json.loads((MODELS / model / "scheduler" / "scheduler_config.json").read_text())
    pipeline = kind.from_pretrained(
        MODELS / model,
        torch_dtype=torch.float32,
        safety_checker=None,
        requires_safety_checker=False,
        scheduler=SCHEDULERS[scheduler].from_config(config),
    )
    pipeline.set_progress_bar_config(disable=True)
    # clip_skip expects the final norm where transformers before 5.6 had it
    object.__setattr__(pipeline.text_encoder, "text_model", pipeline.text_encoder)
    arguments = {"num_inference_steps": 4, **arguments}
    images = {"image": noise_image(56, 40)} if is_image else {}
    about = {"model": model, "scheduler": scheduler}
    run_pipeline(f"stable_diffusion_{case}", __file__, pipeline, arguments, images=images, inputs=images, **about)


if __name__ == "__main__":
    for model, c in MODEL.items():
        save_model(model, c, sys.argv[1])
    for case, (model, scheduler, arguments) in CASES.items():
        draw(case, model, scheduler, arguments)
