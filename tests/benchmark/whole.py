"""How the cost grows with the image and with the threads, the time to the first step, and the tiny model.

    python tests/benchmark/whole.py FOLDER [--programs build/release]

FOLDER is a full-size model, as for benchmark.py. Prints Markdown: the UNet's rate at five sizes, which stays the same
where the cost grows as the work does; one thread beside two; the time from the folder to the first step; and the tiny
model's image, prompt to file, beside diffusers' own with everything loaded and warm.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmark import best_of, count_flops, last_line, processor

SIZES = (256, 512, 768, 1024, 1536)
TINY = Path(__file__).resolve().parents[2] / "examples/tiny_sdxl/model"
PROMPT = "a large yellow star on a blue background"
BAR = 40  # letters


def time_ours(program, folder, part, side, repeats, threads=None):
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[:threads])  # the program, a child, counts what it may run on
    try:
        return last_line([program, folder, part, side, side, repeats])
    finally:
        os.sched_setaffinity(0, before)


def show_cost(program, folder):
    rates = {}
    for side in SIZES:
        timing = time_ours(program, folder, "unet", side, 2)
        rates[side] = count_flops("unet", side, side) / timing["seconds"] / 1e9, timing
    best = max(rate for rate, _ in rates.values())
    print("```\nside   seconds  GFLOP/s  of the best")
    for side, (rate, timing) in rates.items():
        print(f"{side:4} {timing['seconds']:9.2f} {rate:8.0f} {rate / best:7.0%}   {'#' * round(BAR * rate / best)}")
    print("```\n")


def show_threads(program, folder, most):
    alone, together = (time_ours(program, folder, "unet", 512, 2, threads)["seconds"] for threads in (1, most))
    print(f"UNet at 512 x 512: {alone:.2f} s on one thread, {together:.2f} s on {most}: {alone / together:.2f} times as fast.\n")


def show_start(program, folder):
    timing = time_ours(program, folder, "start", 512, 5)
    print(f"From the folder to the first step, files in memory: {timing['seconds']:.2f} s.\n")


def time_diffusers(repeats):
    import torch
    from diffusers import StableDiffusionXLPipeline

    pipeline = StableDiffusionXLPipeline.from_pretrained(TINY, torch_dtype=torch.float32, add_watermarker=False)
    pipeline.set_progress_bar_config(disable=True)
    settings = {"num_inference_steps": 25, "guidance_scale": 4.0}
    return best_of(repeats, lambda: pipeline(PROMPT, generator=torch.Generator().manual_seed(1), **settings))


def show_tiny(program):
    with tempfile.TemporaryDirectory() as folder:
        command = [program, "generate", "--quiet", "--model", TINY, "--prompt", PROMPT, "--steps", "25"]
        command += ["--guidance-scale", "4", "--seed", "1", "--output", Path(folder) / "image.png"]
        ours = best_of(5, lambda: subprocess.run(command, check=True))["seconds"]
    theirs = time_diffusers(5)["seconds"]
    print(f"The tiny model, 25 steps with guidance: {ours:.2f} s from the command to the file, diffusers {theirs:.2f} s from")
    print(f"the call to the image: {ours / theirs:.2f} of it.\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--programs", type=Path, default=Path("build/release"))
    a = parser.parse_args()
    program = a.programs / "model_benchmark"
    if not program.exists():
        sys.exit(f"whole: {program}: no such program; build the release preset first")
    print(f"{processor()}, {time.strftime('%Y-%m-%d')}\n")
    show_start(program, a.folder)
    show_tiny(a.programs / "sdxl")
    show_threads(program, a.folder, os.cpu_count())
    show_cost(program, a.folder)


if __name__ == "__main__":
    main()
