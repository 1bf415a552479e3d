"""Shared by the scripts that draw: open a tiny model's pipeline, run it, and keep every step."""

import json

import numpy as np
import torch
from diffusers import (
    DDIMScheduler,
    DDPMScheduler,
    DEISMultistepScheduler,
    DPMSolverMultistepScheduler,
    EDMDPMSolverMultistepScheduler,
    EDMEulerScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    HeunDiscreteScheduler,
    KDPM2DiscreteScheduler,
    LCMScheduler,
    PNDMScheduler,
    TCDScheduler,
    UniPCMultistepScheduler,
)

from golden import write
from tiny_models import MODELS

# The program's names: each a class, and what it gets beyond the model's scheduler_config.json.
SCHEDULERS = {
    "ddpm": (DDPMScheduler, {}),
    "ddim": (DDIMScheduler, {}),
    "euler": (EulerDiscreteScheduler, {}),
    "euler-ancestral": (EulerAncestralDiscreteScheduler, {}),
    "dpmpp-2m": (DPMSolverMultistepScheduler, {}),
    "dpmpp-2m-karras": (DPMSolverMultistepScheduler, {"use_karras_sigmas": True}),
    "lcm": (LCMScheduler, {}),
    "pndm": (PNDMScheduler, {}),
    "heun": (HeunDiscreteScheduler, {}),
    "kdpm2": (KDPM2DiscreteScheduler, {}),
    "dpmpp-2m-sde": (DPMSolverMultistepScheduler, {"algorithm_type": "sde-dpmsolver++"}),
    "dpmpp-2m-sde-karras": (
        DPMSolverMultistepScheduler,
        {"algorithm_type": "sde-dpmsolver++", "use_karras_sigmas": True},
    ),
    "dpmpp-3m": (DPMSolverMultistepScheduler, {"solver_order": 3}),
    "deis": (DEISMultistepScheduler, {}),
    "unipc": (UniPCMultistepScheduler, {}),
    "edm-euler": (EDMEulerScheduler, {}),
    "edm-dpmpp-2m": (EDMDPMSolverMultistepScheduler, {}),
    "tcd": (TCDScheduler, {}),
}


def open_pipeline(kind, model, scheduler, **components):
    """The pipeline class `kind` on a model of tests/goldens/models, in float32. `components` replace the model's own."""
    folder = MODELS / model
    variant = "fp16" if any(folder.glob("*/*.fp16*.safetensors")) else None
    options = {"variant": variant, "torch_dtype": torch.float32, "add_watermarker": False}
    pipeline = kind.from_pretrained(folder, **options, **components)
    pipeline.set_progress_bar_config(disable=True)
    scheduler_kind, settings = SCHEDULERS[scheduler]
    pipeline.scheduler = scheduler_kind.from_config(pipeline.scheduler.config, **settings)
    return pipeline


def generator_of(seed):
    """One generator for all images. Of several seeds: one generator for each image."""
    if isinstance(seed, int):
        return torch.Generator().manual_seed(seed)
    return [torch.Generator().manual_seed(one) for one in seed]


def seed_text(seed):
    return str(seed) if isinstance(seed, int) else ",".join(map(str, seed))


def keep_in(steps):
    """A callback_on_step_end that writes the latents after each step to `steps`."""

    def keep(_pipeline, step, _timestep, values):
        steps[f"latents.{step}"] = values["latents"].clone()
        return values

    return keep


def noise_image(height, width):
    """An image of noise (1, 3, height, width), from -1 to 1."""
    return torch.randn(1, 3, height, width, generator=torch.Generator().manual_seed(3)).clamp(-1, 1)


def as_bytes(images):
    return torch.from_numpy(np.stack([np.asarray(image) for image in images]))


def write_images(name, script, outputs, **golden):
    """Writes the golden, and prints the signs of a useless one: few steps, tiny latents, or bytes that are all 0 or 255."""
    pixels, latents = outputs["pixels"], outputs["latents"]
    steps = sum(key.startswith("latents.") for key in outputs)
    within = ((pixels > 0) & (pixels < 255)).float().mean()
    print(f"  {name}: {steps} steps, latents' deviation {latents.std():.2f}, {within:.0%} of the bytes not at an end")
    write(name, script, outputs=outputs, **golden)


def run_pipeline(name, script, pipeline, arguments, *, images=None, inputs=None, seed=7, **metadata):
    """Runs a pipeline and writes its golden: the latents after every step, the last ones, and the images' bytes.

    `arguments` go to the call and into the metadata; `images` go to the call alone, `inputs` into the golden alone.
    """
    steps = {}

    def run(output_type):
        more = {"generator": generator_of(seed), "output_type": output_type, "callback_on_step_end": keep_in(steps)}
        return pipeline(**arguments, **(images or {}), **more).images

    latents = run("latent")
    pixels = as_bytes(run("pil"))
    outputs = {**steps, "latents": latents, "pixels": pixels}
    metadata |= {"seed": seed_text(seed), "arguments": json.dumps(arguments)}
    write_images(name, script, outputs, inputs=inputs, **metadata)
