"""Goldens of whole pipelines with the schedulers of scheduler_solvers.py, and with given schedules.

Writes tests/goldens/{pipeline,image_to_image,inpaint,stable_diffusion}_<case>.safetensors for the models that
pipeline.py and stable_diffusion.py made. The first entries of a case are its scheduler and what differs in the call.
"""

from diffusers import PNDMScheduler
from diffusers.schedulers import AysSchedules

import image_to_image
import inpaint
import pipeline
import stable_diffusion
from pipeline import PROMPT
from run_pipeline import SCHEDULERS

MODEL = "three_levels_f32"
FROM_TEXT = {
    "heun": ("heun", {}),
    "kdpm2": ("kdpm2", {}),
    "deis": ("deis", {}),
    "unipc": ("unipc", {}),
    "edm_2m": ("edm-dpmpp-2m", {}),
    "tcd_eta": ("tcd", {"eta": 0.3}),
    "2m_sde_end": ("dpmpp-2m-sde", {"denoising_end": 0.6}),
    "heun_end": ("heun", {"denoising_end": 0.6}),
    "ays": ("dpmpp-2m", {"timesteps": AysSchedules["StableDiffusionXLTimesteps"], "num_inference_steps": 10}),
    "sigmas": ("euler", {"sigmas": [12.0, 3.0, 0.5, 0.1], "num_inference_steps": 3}),
}
FROM_IMAGE = {
    "heun": ("heun", "image", {"strength": 0.6}),
    "heun_part": ("heun", "latents", {"denoising_start": 0.25, "denoising_end": 0.75}),
    "pndm": ("pndm", "image", {"strength": 0.6, "num_inference_steps": 6}),
    "unipc": ("unipc", "image", {"strength": 0.8}),
    "edm": ("edm-euler", "image", {"strength": 0.6}),
    "ays": ("euler", "image", {"strength": 0.4, "timesteps": AysSchedules["StableDiffusionXLTimesteps"]}),
}
UNDER_MASK = {
    "heun": ("heun", {"strength": 0.6}),
    "kdpm2": ("kdpm2", {"strength": 0.6}),
    "pndm": ("pndm", {"strength": 0.6}),
    "unipc": ("unipc", {"strength": 0.8}),
}


EDM_ENDS = {"sigma_min": 0.002, "sigma_max": 80.0}  # the model's file has them as null, which EDM's classes refuse


def main():
    for name in ("edm-euler", "edm-dpmpp-2m"):
        SCHEDULERS[name] = (SCHEDULERS[name][0], EDM_ENDS)
    for case, (scheduler, arguments) in FROM_TEXT.items():
        pipeline.draw(case, MODEL, scheduler, {**PROMPT, **arguments})
    for case, (scheduler, what, arguments) in FROM_IMAGE.items():
        image_to_image.draw(case, MODEL, scheduler, what, {**PROMPT, **arguments})
    for case, (scheduler, arguments) in UNDER_MASK.items():
        inpaint.draw(case, MODEL, scheduler, "image", {**PROMPT, **arguments})
    stable_diffusion.SCHEDULERS["pndm"] = PNDMScheduler
    stable_diffusion.draw("1_pndm", "sd_1_f32", "pndm", {**PROMPT, "guidance_scale": 7.5, "num_inference_steps": 6})


if __name__ == "__main__":
    main()
