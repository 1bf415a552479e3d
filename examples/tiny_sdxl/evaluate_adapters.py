"""Judges the adapters by the checker: how far pictures are in the LoRA's style, and follow the ControlNet's edges.

    python evaluate_adapters.py examples/tiny_sdxl/model examples/tiny_sdxl/adapters OUT.json

The LoRA: the 24 scenes of evaluate.py, two seeds each. The ControlNet: 16 scenes that no training has seen, with their
edges and a caption that says neither size nor place. Each with the adapter and without. Draws by diffusers.
"""

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from diffusers import StableDiffusionXLControlNetPipeline, StableDiffusionXLPipeline
from PIL import Image

from control_lora import load_control_lora
from data.checker import check, has_contours
from data.draw import draw
from data.edges import TOLERANCE, agreement, canny
from data.scene import caption, random_scene
from presets import SQUARE
from prompts import FIXED, HELD_OUT

SEEDS = (1, 2)
CONTROL_SEED, CONTROL_SCENES = 40, 16
SETTINGS = {"num_inference_steps": 25, "guidance_scale": 4.0, "output_type": "np"}


def generators(seeds):
    return [torch.Generator().manual_seed(seed) for seed in seeds]


def as_bytes(images):
    return np.rint(images * 255).astype(np.uint8)


def judge_lora(pipeline, contours):
    """Shares of all pictures."""
    measures = {"in contours": [], "right": [], "colour": [], "shape": [], "background": []}
    for scene in FIXED + HELD_OUT:
        prompt, count = caption(scene), {"num_images_per_prompt": len(SEEDS)}
        for image in as_bytes(pipeline(prompt, generator=generators(SEEDS), **count, **SETTINGS).images):
            verdict = check(image, scene, contours)
            measures["in contours"].append(has_contours(image, scene))
            for name in list(measures)[1:]:
                measures[name].append(getattr(verdict, name))
    return {name: float(np.mean(values)) for name, values in measures.items()}


def control_scene(number):
    """A scene, its prompt and its edges, (H, W)."""
    rng = np.random.default_rng([CONTROL_SEED, number])
    scene = random_scene(rng)
    scene = replace(scene, style="") if scene.style == "mosaic" else scene
    return scene, caption(scene, ("size", "place")), canny(draw(scene, *SQUARE, rng))


def judge_control(pipeline, edges_of_scenes, scale, batch=8):
    agreements = []
    for start in range(0, len(edges_of_scenes), batch):
        prompts, edges = zip(*edges_of_scenes[start : start + batch])
        pictures = [Image.fromarray(np.repeat(255 * e.astype(np.uint8)[..., None], 3, 2)) for e in edges]
        seeds = range(start, start + len(prompts))
        control = {"image": pictures, "controlnet_conditioning_scale": scale}
        images = as_bytes(pipeline(list(prompts), generator=generators(seeds), **control, **SETTINGS).images)
        agreements += [agreement(canny(image), e) for image, e in zip(images, edges)]
    return float(np.mean(agreements))


def evaluate(model, adapters, out):
    more = {"torch_dtype": torch.float32, "add_watermarker": False}
    pipeline = StableDiffusionXLPipeline.from_pretrained(model, **more)
    pipeline.set_progress_bar_config(disable=True)
    numbers = {}

    net = load_control_lora(pipeline.unet, adapters / "edges.safetensors")
    settings = {"force_zeros_for_empty_prompt": False, "add_watermarker": False}  # the model's own
    controlled = StableDiffusionXLControlNetPipeline(**pipeline.components, controlnet=net, **settings)
    controlled.set_progress_bar_config(disable=True)
    scenes = [control_scene(number)[1:] for number in range(CONTROL_SCENES)]
    numbers["edges"] = {str(scale): judge_control(controlled, scenes, scale) for scale in (0.0, 1.0)}
    print(f"edges followed to {TOLERANCE} pixels, intersection over union by scale: {numbers['edges']}", flush=True)

    numbers["without the LoRA"] = judge_lora(pipeline, contours=False)
    pipeline.load_lora_weights(adapters, weight_name="contours.safetensors")
    numbers["with the LoRA"] = judge_lora(pipeline, contours=True)
    for name in ("without the LoRA", "with the LoRA"):
        print(f"{name}: " + ", ".join(f"{measure} {share:.0%}" for measure, share in numbers[name].items()), flush=True)
    out.write_text(json.dumps(numbers, indent=2) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("adapters", type=Path)
    parser.add_argument("out", type=Path, metavar="OUT.json")
    args = parser.parse_args()
    evaluate(args.model, args.adapters, args.out)
