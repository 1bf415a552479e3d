"""Writes tests/goldens/scheduler.safetensors: diffusers' schedulers, step by step.

Each case has a config (the JSON that scheduler_config.json would hold), a scheduler's name and a number of
steps; see `cases` in the file's metadata. Its tensors are

  <case>/timesteps, <case>/sigmas, <case>/init_noise_sigma
  <case>/samples    row 0 the first sample, row i + 1 the one after step i, each flattened
  <case>/noisy      row i: add_noise of the clean image at step i

Beside the cases: `alpha_bars/<name>`, and `grids/<name>`, two check sums of the timesteps for every number
of steps (-1 where the reference's timesteps leave the training schedule).

The model is x t / (2 t + 1), far enough from x that no step subtracts nearly equal values. A learned variance is
x^2 / (x^2 + 1).
"""

import json
import sys
from pathlib import Path

import diffusers
import torch
from safetensors.torch import save_file

from run_pipeline import SCHEDULERS

SDXL = {
    "_class_name": "EulerDiscreteScheduler",
    "_diffusers_version": "0.19.0.dev0",
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "beta_start": 0.00085,
    "clip_sample": False,
    "interpolation_type": "linear",
    "num_train_timesteps": 1000,
    "prediction_type": "epsilon",
    "sample_max_value": 1.0,
    "set_alpha_to_one": False,
    "skip_prk_steps": True,
    "steps_offset": 1,
    "timestep_spacing": "leading",
    "trained_betas": None,
    "use_karras_sigmas": False,
}
SMALL, LARGE = (2, 1, 2, 3), (2, 3, 2, 3)


def sdxl(**changes):
    return {**SDXL, **changes}


def ddpm(**fields):
    return {"_class_name": "DDPMScheduler", **fields}


def euler(**fields):
    return {"_class_name": "EulerDiscreteScheduler", **fields}


def dpm(**fields):
    return {"_class_name": "DPMSolverMultistepScheduler", **fields}


CASES = {
    # name: (scheduler, config, steps, shape of the samples)
    "euler_sdxl": ("euler", sdxl(), 3, LARGE),
    "euler_defaults": ("euler", euler(), 3, LARGE),
    "euler_trailing": ("euler", sdxl(timestep_spacing="trailing"), 7, LARGE),
    "euler_linspace": ("euler", sdxl(timestep_spacing="linspace"), 6, LARGE),
    "euler_one_step": ("euler", sdxl(timestep_spacing="linspace"), 1, LARGE),
    "euler_offset": ("euler", sdxl(steps_offset=5), 3, LARGE),
    "euler_v": ("euler", sdxl(prediction_type="v_prediction"), 3, LARGE),
    "euler_sample": ("euler", sdxl(prediction_type="sample"), 3, LARGE),
    "euler_sigma_min": ("euler", sdxl(final_sigmas_type="sigma_min"), 3, LARGE),
    "euler_zero_snr": (
        "euler",
        sdxl(rescale_betas_zero_snr=True, timestep_spacing="trailing", prediction_type="v_prediction"),
        4,
        LARGE,
    ),
    "euler_cosine": ("euler", sdxl(beta_schedule="squaredcos_cap_v2"), 4, LARGE),
    "euler_short": ("euler", euler(num_train_timesteps=1100, timestep_spacing="leading"), 9, LARGE),
    "euler_karras": ("euler", sdxl(use_karras_sigmas=True), 10, LARGE),
    "euler_karras_ends": (
        "euler",
        sdxl(use_karras_sigmas=True, sigma_min=0.1, sigma_max=10.0, timestep_spacing="trailing"),
        5,
        LARGE,
    ),
    "euler_exponential": ("euler", sdxl(use_exponential_sigmas=True), 5, LARGE),
    "euler_trained_betas": (
        "euler",
        euler(num_train_timesteps=20, trained_betas=[0.01 + 0.02 * i for i in range(20)]),
        4,
        LARGE,
    ),
    "euler_from_ddpm": ("euler", ddpm(beta_schedule="scaled_linear", prediction_type="v_prediction"), 3, LARGE),
    "euler_every_step": ("euler", sdxl(steps_offset=0), 1000, SMALL),
    "ddpm_from_sdxl": ("ddpm", sdxl(), 3, LARGE),
    "ddpm_from_euler": ("ddpm", euler(beta_schedule="scaled_linear"), 3, LARGE),
    "ddpm_defaults": ("ddpm", ddpm(), 3, LARGE),
    "ddpm_trailing": ("ddpm", ddpm(timestep_spacing="trailing"), 7, LARGE),
    "ddpm_linspace": ("ddpm", ddpm(timestep_spacing="linspace"), 6, LARGE),
    "ddpm_one_step": ("ddpm", ddpm(timestep_spacing="trailing"), 1, LARGE),
    "ddpm_v": ("ddpm", sdxl(prediction_type="v_prediction"), 3, LARGE),
    "ddpm_sample": ("ddpm", sdxl(prediction_type="sample"), 3, LARGE),
    "ddpm_small_log": ("ddpm", sdxl(variance_type="fixed_small_log"), 3, LARGE),
    "ddpm_large": ("ddpm", sdxl(variance_type="fixed_large"), 3, LARGE),
    "ddpm_learned": ("ddpm", sdxl(variance_type="learned"), 3, LARGE),
    "ddpm_learned_range": ("ddpm", sdxl(variance_type="learned_range"), 3, LARGE),
    "ddpm_clip": ("ddpm", sdxl(clip_sample=True, clip_sample_range=0.7), 3, LARGE),
    "ddpm_threshold_one": ("ddpm", sdxl(thresholding=True), 3, LARGE),
    "ddpm_threshold": (
        "ddpm",
        sdxl(thresholding=True, sample_max_value=2.5, dynamic_thresholding_ratio=0.8, clip_sample=True),
        3,
        LARGE,
    ),
    "ddpm_zero_snr": (
        "ddpm",
        sdxl(rescale_betas_zero_snr=True, timestep_spacing="trailing", prediction_type="v_prediction"),
        4,
        LARGE,
    ),
    "ddpm_cosine": ("ddpm", ddpm(beta_schedule="squaredcos_cap_v2", num_train_timesteps=50), 5, LARGE),
    "ddpm_every_step": ("ddpm", sdxl(steps_offset=0), 1000, SMALL),
    "ddim_from_sdxl": ("ddim", sdxl(), 3, LARGE),
    "ddim_eta": ("ddim", {**sdxl(timestep_spacing="trailing"), "eta": 0.8}, 6, LARGE),
    "ddim_eta_one": ("ddim", {**sdxl(set_alpha_to_one=True), "eta": 1.0}, 5, LARGE),
    "ddim_defaults": ("ddim", {"_class_name": "DDIMScheduler"}, 4, LARGE),
    "ddim_linspace": ("ddim", sdxl(timestep_spacing="linspace"), 6, LARGE),
    "ddim_v": ("ddim", sdxl(prediction_type="v_prediction"), 3, LARGE),
    "ddim_sample": ("ddim", sdxl(prediction_type="sample", clip_sample=True), 3, LARGE),
    "ddim_zero_snr": (
        "ddim",
        sdxl(rescale_betas_zero_snr=True, timestep_spacing="trailing", prediction_type="v_prediction"),
        4,
        LARGE,
    ),
    "ddim_threshold": ("ddim", sdxl(thresholding=True, sample_max_value=2.5), 3, LARGE),
    "ddim_every_step": ("ddim", sdxl(steps_offset=0), 1000, SMALL),
    "ancestral_from_sdxl": ("euler-ancestral", sdxl(), 3, LARGE),
    "ancestral_turbo": ("euler-ancestral", sdxl(timestep_spacing="trailing"), 1, LARGE),
    "ancestral_trailing": ("euler-ancestral", sdxl(timestep_spacing="trailing"), 4, LARGE),
    "ancestral_defaults": ("euler-ancestral", {"_class_name": "EulerAncestralDiscreteScheduler"}, 5, LARGE),
    "ancestral_v": ("euler-ancestral", sdxl(prediction_type="v_prediction"), 4, LARGE),
    "ancestral_from_karras": ("euler-ancestral", sdxl(use_karras_sigmas=True), 4, LARGE),
    "ancestral_every_step": ("euler-ancestral", sdxl(steps_offset=0), 1000, SMALL),
    "dpm_from_sdxl": ("dpmpp-2m", sdxl(), 10, LARGE),
    "dpm_long": ("dpmpp-2m", sdxl(), 20, LARGE),
    "dpm_one_step": ("dpmpp-2m", sdxl(), 1, LARGE),
    "dpm_trailing": ("dpmpp-2m", sdxl(timestep_spacing="trailing"), 7, LARGE),
    "dpm_linspace": ("dpmpp-2m", sdxl(timestep_spacing="linspace"), 10, LARGE),
    "dpm_first_order": ("dpmpp-2m", {**dpm(beta_schedule="scaled_linear"), "solver_order": 1}, 6, LARGE),
    "dpm_heun": ("dpmpp-2m", {**dpm(beta_schedule="scaled_linear"), "solver_type": "heun"}, 6, LARGE),
    "dpm_sigma_min": (
        "dpmpp-2m",
        {**dpm(), "lower_order_final": False, "final_sigmas_type": "sigma_min"},
        10,
        LARGE,
    ),
    "dpm_short_sigma_min": ("dpmpp-2m", {**dpm(), "final_sigmas_type": "sigma_min"}, 10, LARGE),
    "dpm_euler_at_final": (
        "dpmpp-2m",
        {**dpm(), "final_sigmas_type": "sigma_min", "euler_at_final": True, "lower_order_final": False},
        16,
        LARGE,
    ),
    "dpm_v": ("dpmpp-2m", sdxl(prediction_type="v_prediction"), 5, LARGE),
    "dpm_sample": ("dpmpp-2m", sdxl(prediction_type="sample"), 5, LARGE),
    "dpm_threshold": ("dpmpp-2m", sdxl(thresholding=True, sample_max_value=1.5), 5, LARGE),
    "dpm_clip_is_not_its_own": ("dpmpp-2m", sdxl(clip_sample=True), 5, LARGE),
    "dpm_sde": ("dpmpp-2m", {**sdxl(), "algorithm_type": "sde-dpmsolver++"}, 8, LARGE),
    "dpm_sde_heun": ("dpmpp-2m", {**sdxl(), "algorithm_type": "sde-dpmsolver++", "solver_type": "heun"}, 8, LARGE),
    "dpm_karras": ("dpmpp-2m-karras", sdxl(), 10, LARGE),
    "dpm_karras_long": ("dpmpp-2m", sdxl(use_karras_sigmas=True), 20, LARGE),
    "dpm_many_steps": ("dpmpp-2m", sdxl(steps_offset=0), 499, SMALL),
    "lcm_from_sdxl": ("lcm", sdxl(), 4, LARGE),
    "lcm_defaults": ("lcm", {"_class_name": "LCMScheduler"}, 8, LARGE),
    "lcm_one_step": ("lcm", sdxl(), 1, LARGE),
    "lcm_all_steps": ("lcm", sdxl(), 50, LARGE),
    "lcm_uneven": ("lcm", {**sdxl(), "original_inference_steps": 30, "timestep_scaling": 7.0}, 7, LARGE),
    "lcm_v": ("lcm", sdxl(prediction_type="v_prediction", clip_sample=True), 4, LARGE),
}
SCHEDULES = {
    "scaled_linear": sdxl(),
    "linear": euler(),
    "linear_1100": euler(num_train_timesteps=1100),
    "squaredcos_cap_v2": euler(beta_schedule="squaredcos_cap_v2"),
    "zero_snr": ddpm(rescale_betas_zero_snr=True, beta_schedule="scaled_linear"),
}
GRIDS = {
    "leading_0": ddpm(),
    "leading_1": ddpm(steps_offset=1),
    "trailing": ddpm(timestep_spacing="trailing"),
    "linspace": ddpm(timestep_spacing="linspace"),
}
NAMES = ("ddim", "ddpm", "dpmpp-2m", "dpmpp-2m-karras", "euler", "euler-ancestral", "lcm")
# Files that other schedulers write build ours too.
OTHERS = (
    "DDIM",
    "DEISMultistep",
    "DPMSolverMultistep",
    "DPMSolverSinglestep",
    "EulerAncestralDiscrete",
    "HeunDiscrete",
    "KDPM2AncestralDiscrete",
    "KDPM2Discrete",
    "LCM",
    "LMSDiscrete",
    "PNDM",
    "UniPCMultistep",
)


def build(name, config):
    """The scheduler of a name, from a config that another class may have written."""
    written_by = getattr(diffusers, config["_class_name"]).from_config(config)
    kind, settings = SCHEDULERS[name]
    return kind.from_config(written_by.config, **settings)


def add_other_files(cases, names, steps, shape):
    """Adds the cases of files that other schedulers write."""
    for other in OTHERS:
        written = json.loads(getattr(diffusers, f"{other}Scheduler")().to_json_string())
        for ours in names:
            try:
                build(ours, written)
            except (TypeError, ValueError):
                continue  # the reference refuses this file
            cases[f"{ours}_from_{other}"] = (ours, written, steps, shape)


def model(x, t, learned):
    output = x * t / (2 * t + 1)
    return torch.cat([output, x * x / (x * x + 1)], dim=1) if learned else output


def first_sample(shape):
    sample = torch.randn(shape, generator=torch.Generator("cpu").manual_seed(1))
    sample[1] *= 3  # another range for the second image
    return sample


def run(name, config, steps, shape):
    scheduler = build(name, config)
    scheduler.set_timesteps(steps)
    generator = torch.Generator("cpu").manual_seed(0)
    arguments = {"eta": config["eta"]} if "eta" in config else {}  # an argument of the call, not of the file
    has_sigmas = hasattr(scheduler, "sigmas")
    learned = "learned" in (config.get("variance_type") or "")
    x = first_sample(shape) * scheduler.init_noise_sigma
    clean, noise = first_sample(shape) / 2, first_sample(shape).flip(0)
    rows, noisy = [x], []
    for i, t in enumerate(scheduler.timesteps):
        noisy.append(scheduler.add_noise(clean, noise, t[None]))
        if has_sigmas:
            scheduler._step_index = i
        output = model(scheduler.scale_model_input(x, t), t.float(), learned)
        x = scheduler.step(output, t, x, generator=generator, **arguments).prev_sample
        rows.append(x)
    result = {
        "timesteps": scheduler.timesteps.float(),
        "samples": torch.stack(rows).flatten(1),
        "init_noise_sigma": torch.tensor([float(scheduler.init_noise_sigma)]),
    }
    if steps <= 10 and name != "dpmpp-2m-karras":
        result["noisy"] = torch.stack(noisy).flatten(1)
    if has_sigmas:
        result["sigmas"] = scheduler.sigmas
    return result


def grid(config):
    rows = []
    for steps in range(1, 1001):
        scheduler = build("ddpm", config)
        scheduler.set_timesteps(steps)
        timesteps = [int(t) for t in scheduler.timesteps]
        if min(timesteps) < 0 or max(timesteps) > 999:
            rows.append([-1, -1])
            continue
        weighted = sum((i + 1) * t for i, t in enumerate(timesteps))
        rows.append([sum(timesteps), weighted % 1000003])
    return torch.tensor(rows, dtype=torch.float32)


def main():
    add_other_files(CASES, NAMES, 3, LARGE)
    tensors = {}
    for case, (name, config, steps, shape) in CASES.items():
        for key, value in run(name, config, steps, shape).items():
            assert torch.isfinite(value).all(), (case, key)
            tensors[f"{case}/{key}"] = value.contiguous()
    for name, config in SCHEDULES.items():
        tensors[f"alpha_bars/{name}"] = build("ddpm", config).alphas_cumprod
    for name, config in GRIDS.items():
        tensors[f"grids/{name}"] = grid(config)
    metadata = {
        "cases": json.dumps(
            {
                case: {
                    "scheduler": name,
                    "config": json.dumps({key: value for key, value in config.items() if key != "eta"}),
                    "eta": config.get("eta", 0.0),
                    "steps": n,
                    "shape": shape,
                }
                for case, (name, config, n, shape) in CASES.items()
            }
        ),
        "schedules": json.dumps({name: json.dumps(config) for name, config in SCHEDULES.items()}),
        "grids": json.dumps({name: json.dumps(config) for name, config in GRIDS.items()}),
        "script": "tests/make_goldens/scheduler.py",
        "versions": f"diffusers {diffusers.__version__}, torch {torch.__version__}",
    }
    path = Path(__file__).parents[1] / "goldens" / "scheduler.safetensors"
    path.parent.mkdir(exist_ok=True)
    save_file(tensors, path, metadata)
    print(f"{path.name}: {len(tensors)} tensors, {path.stat().st_size} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
