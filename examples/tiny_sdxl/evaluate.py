"""Judges a model by the checker and by eye: colour, shape and place of 12 fixed and 12 held-out scenes, 4 seeds each.

    python evaluate.py examples/tiny_sdxl/model OUT

Writes OUT/fixed.png and OUT/held_out.png (a row for each prompt, a column for each seed; what is wrong has a red edge),
OUT/numbers.json, and prints a table. Draws by diffusers, whose images are those of the program.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from diffusers import StableDiffusionXLPipeline
from PIL import Image

from autoencoder import HELD_OUT_SEED, psnr, square_images
from data.checker import check
from data.scene import caption
from prompts import FIXED, HELD_OUT

SEEDS = (1, 2, 3, 4)
SHOWN, GAP = 96, 4
MEASURES = ("right", "colour", "shape", "place", "background")


def draw(pipeline, prompt, steps, guidance_scale):
    generators = [torch.Generator().manual_seed(seed) for seed in SEEDS]
    settings = {"num_inference_steps": steps, "guidance_scale": guidance_scale, "output_type": "np"}
    images = pipeline(prompt, num_images_per_prompt=len(SEEDS), generator=generators, **settings).images
    return np.rint(images * 255).astype(np.uint8)


def sheet(rows, verdicts):
    side = SHOWN + 2 * GAP
    page = Image.new("RGB", (side * len(rows[0]), side * len(rows)), "white")
    for y, (images, judged) in enumerate(zip(rows, verdicts)):
        for x, (image, verdict) in enumerate(zip(images, judged)):
            if not verdict.right:
                page.paste((220, 0, 0), (x * side, y * side, (x + 1) * side, (y + 1) * side))
            small = Image.fromarray(image).resize((SHOWN, SHOWN), Image.Resampling.LANCZOS)
            page.paste(small, (x * side + GAP, y * side + GAP))
    return page


def judge(pipeline, scenes, steps, guidance_scale):
    """→ (images of each scene, verdicts of each scene)"""
    rows = [draw(pipeline, caption(scene), steps, guidance_scale) for scene in scenes]
    verdicts = [[check(image, scene) for image in images] for images, scene in zip(rows, scenes)]
    for scene, judged in zip(scenes, verdicts):
        print(f"{sum(verdict.right for verdict in judged)} of {len(judged)}: {caption(scene)}", flush=True)
    return rows, verdicts


def shares(verdicts):
    flat = [verdict for judged in verdicts for verdict in judged]
    return {name: sum(getattr(verdict, name) for verdict in flat) / len(flat) for name in MEASURES}


def evaluate(model, out, device="cpu", steps=25, guidance_scale=4.0):
    pipeline = StableDiffusionXLPipeline.from_pretrained(model, torch_dtype=torch.float32, add_watermarker=False)
    pipeline.to(device).set_progress_bar_config(disable=True)
    out.mkdir(parents=True, exist_ok=True)
    numbers = {"steps": steps, "guidance_scale": guidance_scale}
    for name, scenes in (("fixed", FIXED), ("held_out", HELD_OUT)):
        rows, verdicts = judge(pipeline, scenes, steps, guidance_scale)
        sheet(rows, verdicts).save(out / f"{name}.png", optimize=True)
        numbers[name] = shares(verdicts)
        print(f"{name}: " + ", ".join(f"{measure} {share:.0%}" for measure, share in numbers[name].items()), flush=True)
    numbers["psnr"] = psnr(pipeline.vae, square_images(HELD_OUT_SEED, 64, 1), device)
    print(f"autoencoder: {numbers['psnr']:.2f} dB", flush=True)
    (out / "numbers.json").write_text(json.dumps(numbers, indent=2) + "\n")
    return numbers


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=25)
    parser.add_argument("--guidance-scale", type=float, default=4.0)
    args = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    evaluate(args.model, args.out, device, args.steps, args.guidance_scale)
