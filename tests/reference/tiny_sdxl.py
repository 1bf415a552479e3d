"""The golden of the model that ships: what StableDiffusionXLPipeline draws with examples/tiny_sdxl/model in float32.

    python tiny_sdxl.py

Writes tests/goldens/tiny_sdxl.safetensors: latents and the picture's bytes for each call; the metadata holds the
calls' arguments, the first of them those of ./run.
"""

import json

import numpy as np
import torch
from diffusers import DDPMScheduler, EulerDiscreteScheduler, StableDiffusionXLPipeline

from golden import GOLDENS, write

MODEL = GOLDENS.parents[1] / "examples" / "tiny_sdxl" / "model"
SCHEDULERS = {"ddpm": DDPMScheduler, "euler": EulerDiscreteScheduler}
CALLS = [
    {
        "prompt": "a large yellow star on a blue background",
        "scheduler": "euler",
        "num_inference_steps": 25,
        "guidance_scale": 4,
        "seed": 1,
    },
    {
        "prompt": "a small striped red heart on a white background",
        "negative_prompt": "a green moon",
        "scheduler": "euler",
        "num_inference_steps": 12,
        "guidance_scale": 6.5,
        "height": 72,
        "width": 104,
        "seed": 2,
    },
    {
        "prompt": "a glossy purple ring to the left of an orange cross",
        "scheduler": "ddpm",
        "num_inference_steps": 10,
        "guidance_scale": 3,
        "seed": 3,
    },
]


def draw(call):
    arguments = dict(call)
    pipeline = StableDiffusionXLPipeline.from_pretrained(MODEL, torch_dtype=torch.float32, add_watermarker=False)
    pipeline.set_progress_bar_config(disable=True)
    pipeline.scheduler = SCHEDULERS[arguments.pop("scheduler")].from_config(pipeline.scheduler.config)
    seed = arguments.pop("seed")

    def run(output_type):
        return pipeline(**arguments, generator=torch.Generator().manual_seed(seed), output_type=output_type).images

    return run("latent"), torch.from_numpy(np.stack([np.asarray(image) for image in run("pil")]))


if __name__ == "__main__":
    outputs = {}
    for i, call in enumerate(CALLS):
        outputs[f"latents.{i}"], outputs[f"pixels.{i}"] = draw(call)
    write("tiny_sdxl", __file__, outputs=outputs, calls=json.dumps(CALLS))
