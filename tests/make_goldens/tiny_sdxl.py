"""The golden of the model that ships: what StableDiffusionXLPipeline draws with examples/tiny_sdxl/model in float32.

    python tiny_sdxl.py

Writes two files. tests/goldens/tiny_sdxl.safetensors has latents and the image's bytes for each call, and the calls'
arguments in the metadata: first those of ./run, last two with the refiner. reconstruction.safetensors has an image and a
row for each pair of scalings: deviation of the latents, PSNR, SSIM and mean absolute error of its reconstruction.
"""

import json

import numpy as np
import torch
from diffusers import AutoencoderKL, DDPMScheduler, EulerDiscreteScheduler, StableDiffusionXLImg2ImgPipeline, StableDiffusionXLPipeline
from diffusers.image_processor import VaeImageProcessor
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

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
        "height": 96,
        "width": 160,
        "seed": 3,
    },
    {
        "prompt": "a night picture of a dotted cyan diamond on a purple background",
        "scheduler": "euler",
        "num_inference_steps": 8,
        "guidance_scale": 4,
        "height": 160,
        "width": 96,
        "seed": 4,
    },
    {
        "prompt": "a large green heart on a white background",
        "scheduler": "ddpm",
        "num_inference_steps": 20,
        "guidance_scale": 5,
        "seed": 5,
    },
    {
        "prompt": "a striped blue square on a yellow background",
        "scheduler": "euler",
        "num_inference_steps": 20,
        "guidance_scale": 4,
        "seed": 6,
        "denoising_start": 0.8,
    },
    {
        "prompt": "a large outlined white moon on a purple background",
        "scheduler": "euler",
        "num_inference_steps": 20,
        "guidance_scale": 4,
        "seed": 7,
        "strength": 0.3,
    },
]

SCALINGS = [(0.13025, 0.13025), (0.18215, 0.18215), (0.13025, 0.18215), (0.18215, 0.13025)]


def open_pipeline(kind, path, scheduler):
    pipeline = kind.from_pretrained(path, torch_dtype=torch.float32, add_watermarker=False)
    pipeline.set_progress_bar_config(disable=True)
    pipeline.scheduler = SCHEDULERS[scheduler].from_config(pipeline.scheduler.config)
    return pipeline


def draw(call):
    arguments = dict(call)
    scheduler, seed = arguments.pop("scheduler"), arguments.pop("seed")
    base = open_pipeline(StableDiffusionXLPipeline, MODEL, scheduler)
    refined = {key: arguments.pop(key) for key in ("denoising_start", "strength") if key in arguments}

    def run(output_type):
        generator = torch.Generator().manual_seed(seed)
        if not refined:
            return base(**arguments, generator=generator, output_type=output_type).images
        end = refined.get("denoising_start")
        latents = base(**arguments, denoising_end=end, generator=generator, output_type="latent").images
        refiner = open_pipeline(StableDiffusionXLImg2ImgPipeline, MODEL / "refiner", scheduler)
        return refiner(**arguments, **refined, image=latents, generator=generator, output_type=output_type).images

    return run("latent"), torch.from_numpy(np.stack([np.asarray(image) for image in run("pil")]))


def disc():
    """A disc on a gradient, with stripes in it: 56 high and 72 wide."""
    y, x = np.mgrid[0:56, 0:72]
    ground = np.stack([3 * x, 4 * y, 255 - 2 * x - y], axis=-1)
    stripes = np.where((x + y) % 12 < 6, 255, 40)[..., None] * np.array([1.0, 0.6, 0.2])
    disc = ((x - 40) ** 2 + (y - 25) ** 2 < 400)[..., None]
    return np.where(disc, stripes, ground).clip(0, 255).astype(np.uint8)


@torch.no_grad()
def reconstruct(before):
    vae = AutoencoderKL.from_pretrained(MODEL / "vae", torch_dtype=torch.float32)
    processor = VaeImageProcessor()
    pixels = processor.preprocess(before[None].astype(np.float32) / 255)
    rows = []
    for written, read in SCALINGS:
        latents = vae.encode(pixels).latent_dist.mode() * written
        after = np.asarray(processor.postprocess(vae.decode(latents / read).sample, output_type="pil")[0])
        similarity = structural_similarity(
            before, after, channel_axis=2, data_range=255, gaussian_weights=True, use_sample_covariance=False
        )
        error = np.abs(before.astype(float) - after).mean()
        rows.append([latents.std(), peak_signal_noise_ratio(before, after), similarity, error])
    return torch.tensor(rows)


if __name__ == "__main__":
    outputs = {}
    for i, call in enumerate(CALLS):
        outputs[f"latents.{i}"], outputs[f"pixels.{i}"] = draw(call)
    write("tiny_sdxl", __file__, outputs=outputs, calls=json.dumps(CALLS))
    before = disc()
    write("reconstruction", __file__, inputs={"pixels": torch.from_numpy(before)}, outputs={"rows": reconstruct(before)})
