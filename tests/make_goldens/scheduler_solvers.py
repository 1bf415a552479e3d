"""Writes tests/goldens/scheduler_solvers.safetensors: more of diffusers' schedulers, and given schedules.

Cases and tensors are as in scheduler.py. A config may have three fields more, which are arguments of diffusers'
calls: "eta", "timesteps" and "sigmas". Each scheduler runs with every spacing and every prediction type that it
has; then come its own fields, and files that other schedulers write.

The model is x |t| / (2 |t| + 1): timesteps of EDM are negative for small noise.
"""

import inspect
import json
import sys
import warnings
from pathlib import Path

import diffusers
import torch
from diffusers.schedulers import AysSchedules
from safetensors.torch import save_file

from scheduler import SMALL, add_other_files, build, first_sample, sdxl

NAMES = ("pndm", "heun", "kdpm2", "dpmpp-2m-sde", "dpmpp-3m", "deis", "unipc", "edm-euler", "edm-dpmpp-2m", "tcd")
SPACINGS = ("leading", "trailing", "linspace")
PREDICTIONS = ("epsilon", "v_prediction", "sample")
CURVES = ("use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas", "use_lu_lambdas")
CALL = ("eta", "timesteps", "sigmas")
ENDS_ABOVE_ZERO = {"final_sigmas_type": "sigma_min"}
EDM = {"_class_name": "EDMDPMSolverMultistepScheduler"}
AYS = {
    "timesteps": AysSchedules["StableDiffusionXLTimesteps"],
    "sigmas": AysSchedules["StableDiffusionXLSigmas"],
}

CASES = {}  # name: (scheduler, config, steps, shape of the samples)


def add(case, name, steps, **fields):
    CASES[f"{name}_{case}"] = (name, sdxl(**fields), steps, SMALL)


def add_edm(case, name, steps, **fields):
    CASES[f"{name}_{case}"] = (name, {**EDM, **fields}, steps, SMALL)


for name in NAMES:
    is_edm = name.startswith("edm")
    for spacing in SPACINGS[:1] if is_edm else SPACINGS:
        for prediction in PREDICTIONS:
            if prediction == "sample" and (is_edm or name in ("pndm", "kdpm2")):
                continue  # the reference refuses it
            add(f"{spacing}_{prediction}", name, 6, timestep_spacing=spacing, prediction_type=prediction)
    add("long", name, 25)
    add("one_step", name, 1, skip_prk_steps=True)
for curve in CURVES:
    for name in ("euler", "dpmpp-2m", "dpmpp-3m", "heun", "kdpm2", "deis", "unipc"):
        if curve != "use_lu_lambdas" or name.startswith("dpmpp"):
            add(curve, name, 7, **{curve: True})
    add(f"{curve}_cosine", "dpmpp-2m", 6, **{curve: True}, beta_schedule="squaredcos_cap_v2")
    if curve != "use_lu_lambdas":
        add(f"{curve}_sigma_min", "unipc", 6, **{curve: True}, **ENDS_ABOVE_ZERO)
        add(f"{curve}_ends", "unipc", 6, **{curve: True}, sigma_min=0.1, sigma_max=10.0)

add("runge_kutta", "pndm", 10, skip_prk_steps=False)
add("runge_kutta_short", "pndm", 4, skip_prk_steps=False, timestep_spacing="trailing")
add("runge_kutta_v", "pndm", 6, skip_prk_steps=False, prediction_type="v_prediction")
add("two_steps", "pndm", 2)
add("ends_at_one", "pndm", 5, set_alpha_to_one=True)
add("not_its_own", "pndm", 5, clip_sample=True, thresholding=True, rescale_betas_zero_snr=True)

add("clip", "heun", 5, clip_sample=True, clip_sample_range=1.5)
add("not_its_own", "heun", 5, thresholding=True, rescale_betas_zero_snr=True, **ENDS_ABOVE_ZERO)
CASES["heun_defaults"] = ("heun", {"_class_name": "HeunDiscreteScheduler"}, 5, SMALL)

for algorithm in ("dpmsolver", "sde-dpmsolver", "sde-dpmsolver++"):
    for order in (1, 2, 3):
        if (algorithm, order) == ("sde-dpmsolver", 3):
            continue  # the reference fails
        fields = {"algorithm_type": algorithm, "solver_order": order, **ENDS_ABOVE_ZERO}
        add(f"{algorithm}_{order}", "dpmpp-2m", 16, **fields)
    fields = {"algorithm_type": algorithm, "solver_type": "heun", **ENDS_ABOVE_ZERO}
    add(f"{algorithm}_heun", "dpmpp-2m", 6, **fields)
    add(f"{algorithm}_threshold", "dpmpp-2m", 6, **fields, thresholding=True, sample_max_value=1.5)
    add(f"{algorithm}_sample", "dpmpp-2m", 6, **fields, prediction_type="sample")
    add(f"{algorithm}_v", "dpmpp-2m", 6, **fields, prediction_type="v_prediction")
add("not_lower", "dpmpp-3m", 6, lower_order_final=False)
add("sigma_min", "dpmpp-3m", 6, lower_order_final=False, **ENDS_ABOVE_ZERO)
add("euler_at_final", "dpmpp-3m", 16, euler_at_final=True, **ENDS_ABOVE_ZERO)

for order in (1, 2, 3):
    add(f"order_{order}", "deis", 16, solver_order=order)
    add(f"order_{order}", "unipc", 16, solver_order=order)
    add(f"bh1_{order}", "unipc", 6, solver_order=order, solver_type="bh1", **ENDS_ABOVE_ZERO)
    add(f"noise_{order}", "unipc", 6, solver_order=order, predict_x0=False, **ENDS_ABOVE_ZERO)
    add(f"not_lower_{order}", "unipc", 6, solver_order=order, lower_order_final=False, **ENDS_ABOVE_ZERO)
add("noise_v", "unipc", 6, predict_x0=False, prediction_type="v_prediction", **ENDS_ABOVE_ZERO)
add("noise_sample", "unipc", 6, predict_x0=False, prediction_type="sample", **ENDS_ABOVE_ZERO)
add("no_corrector", "unipc", 6, disable_corrector=[0, 1, 3])
for name in ("deis", "unipc"):
    add("threshold", name, 6, thresholding=True, sample_max_value=1.5)
    add("not_its_own", name, 6, clip_sample=True, algorithm_type="dpmsolver++", solver_type="heun")
add("not_lower", "deis", 6, lower_order_final=False, solver_order=3)
add("zero_snr_is_not_its_own", "deis", 6, rescale_betas_zero_snr=True)
zero_snr = {"rescale_betas_zero_snr": True, "timestep_spacing": "trailing", "prediction_type": "v_prediction"}
add("zero_snr", "unipc", 6, **zero_snr)
add("zero_snr", "tcd", 4, **zero_snr)

add("eta", "tcd", 4, eta=0.3)
add("eta_one", "tcd", 5, eta=1.0)
add("uneven", "tcd", 7, eta=0.3, original_inference_steps=30)
add("not_its_own", "tcd", 4, clip_sample=True, thresholding=True)
CASES["tcd_defaults"] = ("tcd", {"_class_name": "TCDScheduler"}, 8, SMALL)

for name in ("edm-euler", "edm-dpmpp-2m"):
    add_edm("defaults", name, 6)
    add_edm("v", name, 6, prediction_type="v_prediction")
    add_edm("exponential", name, 6, sigma_schedule="exponential")
    add_edm("fields", name, 6, sigma_data=1.0, rho=5.0, sigma_min=0.01, sigma_max=40.0)
    add_edm("sigma_min", name, 6, **ENDS_ABOVE_ZERO)
add_edm("sde", "edm-dpmpp-2m", 6, algorithm_type="sde-dpmsolver++")
add_edm("heun", "edm-dpmpp-2m", 6, solver_type="heun")
add_edm("third", "edm-dpmpp-2m", 16, solver_order=3)
add_edm("first", "edm-dpmpp-2m", 6, solver_order=1)
add_edm("threshold", "edm-dpmpp-2m", 6, thresholding=True, sample_max_value=1.5)

for name in ("euler", "ddpm", "dpmpp-2m", "dpmpp-3m", "heun", "lcm", "tcd"):
    add("given_timesteps", name, 10, timesteps=AYS["timesteps"])
add("given_fractions", "euler", 3, timesteps=[900.5, 333.25, 0.0], timestep_spacing="trailing")
add("given_fractions", "heun", 3, timesteps=[900.5, 333.25, 0.0], timestep_spacing="trailing")
add("given_sigma_min", "euler", 3, timesteps=[901, 401, 1], **ENDS_ABOVE_ZERO)
add("given_sigmas", "euler", 10, sigmas=AYS["sigmas"])
add("given_sigmas_above_zero", "euler", 9, sigmas=AYS["sigmas"][:-1])
add("given_sigmas_karras", "euler", 2, sigmas=[20.0, 1.0, 0.01], use_karras_sigmas=True)
add_other_files(CASES, NAMES, 4, SMALL)


def model(x, t):
    return x * t.abs() / (2 * t.abs() + 1)


def run(name, config, steps, shape):
    scheduler = build(name, {key: value for key, value in config.items() if key not in CALL})
    given = {key: config[key] for key in ("timesteps", "sigmas") if key in config}
    scheduler.set_timesteps(**(given or {"num_inference_steps": steps}))
    accepted = inspect.signature(scheduler.step).parameters
    arguments = {"eta": config.get("eta", 0.0)} if "eta" in accepted else {}
    if "generator" in accepted:
        arguments["generator"] = torch.Generator("cpu").manual_seed(0)
    has_index = hasattr(scheduler, "set_begin_index")
    if has_index:
        scheduler.set_begin_index(0)
    x = first_sample(shape) * scheduler.init_noise_sigma
    clean, noise = first_sample(shape) / 2, first_sample(shape).flip(0)
    rows, noisy = [x], []
    for i, t in enumerate(scheduler.timesteps):
        if has_index:
            scheduler._step_index = i
        noisy.append(scheduler.add_noise(clean, noise, t[None]))
        output = model(scheduler.scale_model_input(x, t), t.float())
        x = scheduler.step(output, t, x, **arguments).prev_sample
        rows.append(x)
    result = {
        "timesteps": scheduler.timesteps.float(),
        "samples": torch.stack(rows).flatten(1),
        "init_noise_sigma": torch.tensor([float(scheduler.init_noise_sigma)]),
    }
    if steps == 6:
        result["noisy"] = torch.stack(noisy).flatten(1)
    if hasattr(scheduler, "sigmas"):
        result["sigmas"] = scheduler.sigmas
    return result


def main():
    warnings.filterwarnings("ignore")
    diffusers.utils.logging.set_verbosity_error()
    tensors = {}
    for case, (name, config, steps, shape) in CASES.items():
        try:
            outputs = run(name, config, steps, shape)
        except Exception:
            print(case, config, file=sys.stderr)
            raise
        if "_from_" in case and not outputs["samples"].isfinite().all():
            continue  # UniPC divides by zero without lower_order_final, and is refused here
        for key, value in outputs.items():
            assert torch.isfinite(value).all(), (case, key)
            tensors[f"{case}/{key}"] = value.contiguous()
    metadata = {
        "cases": json.dumps(
            {
                case: {
                    "scheduler": name,
                    "config": json.dumps({key: value for key, value in config.items() if key not in CALL}),
                    **{key: config[key] for key in CALL if key in config},
                    "steps": n,
                    "shape": shape,
                }
                for case, (name, config, n, shape) in CASES.items()
                if f"{case}/samples" in tensors
            }
        ),
        "script": "tests/make_goldens/scheduler_solvers.py",
        "versions": f"diffusers {diffusers.__version__}, torch {torch.__version__}",
    }
    path = Path(__file__).parents[1] / "goldens" / "scheduler_solvers.safetensors"
    save_file(tensors, path, metadata)
    path.chmod(0o644)
    print(f"{path.name}: {len(CASES)} cases, {path.stat().st_size} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
