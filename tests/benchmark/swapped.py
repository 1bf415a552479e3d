"""A step of the pipeline of diffusers with the UNet here in it, beside a step of the program, as a Markdown table.

    python tests/benchmark/swapped.py [--model FOLDER] [--sides 128 512] [--steps 6] [--rounds 5] [--neighbours 0 2]

A neighbour is a process that never sleeps. A step has both inputs of guidance; the first one does not count. Times are
the least of all rounds; in a round every column has its turn. The program is a process of its own, whose progress in a
terminal shows when a step ends. The others run in this process, with torch in it: "diffusers" as it is, "swapped" with
glassbox.swap of the whole UNet, "glassbox" the pipeline here. With --meta the UNet of torch has no weights: for a large
model.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import glassbox
import torch
from benchmark import processor
from diffusers import EulerDiscreteScheduler, StableDiffusionXLPipeline, UNet2DConditionModel

PROMPT = "a large yellow star on a blue background"
GUIDANCE = 4.0


def time_program(program, model, side, steps, folder):
    command = [program, "generate", "--model", model, "--prompt", PROMPT, "--steps", steps, "--seed", 1, "--scheduler",
               "euler", "--guidance-scale", GUIDANCE, "--height", side, "--width", side, "--output",
               Path(folder) / "image.png"]  # fmt: skip
    terminal, inside = os.openpty()
    child = subprocess.Popen([str(word) for word in command], stdout=inside, stderr=inside)
    os.close(inside)
    ends = {}  # of each step
    while text := read(terminal):
        for step in re.findall(rb"step (\d+)/", text):
            ends.setdefault(int(step), time.perf_counter())
    os.close(terminal)
    if child.wait() != 0:
        sys.exit(f"swapped: {program} failed")
    return (ends[steps] - ends[1]) / (steps - 1)


def read(terminal):
    try:
        return os.read(terminal, 4096)
    except OSError:  # the program has ended
        return b""


def time_step(run, steps):
    """The mean time of a step but the first, of a pipeline's run that has diffusers' callback."""
    ends = []
    run(num_inference_steps=steps, guidance_scale=GUIDANCE, output_type="latent",
        callback_on_step_end=lambda pipe, i, t, given: ends.append(time.perf_counter()) or given)  # fmt: skip
    return (ends[-1] - ends[0]) / (len(ends) - 1)


def pipeline_of(model, is_meta):
    parts = {}
    if is_meta:
        with torch.device("meta"):
            parts["unet"] = UNet2DConditionModel.from_config(UNet2DConditionModel.load_config(Path(model) / "unet"))
    pipe = StableDiffusionXLPipeline.from_pretrained(model, torch_dtype=torch.float32, add_watermarker=False, **parts)
    pipe.scheduler = EulerDiscreteScheduler.from_config(pipe.scheduler.config)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def measure(a, pipe, glass, side):
    size = dict(height=side, width=side)
    ours = lambda **given: glass(PROMPT, seed=1, scheduler="euler", **size, **given)  # noqa: E731
    theirs = lambda **given: pipe(PROMPT, **size, **given)  # noqa: E731
    least = {}

    def keep(name, seconds):
        least[name] = min(seconds, least.get(name, seconds))

    with tempfile.TemporaryDirectory() as folder:
        for _ in range(a.rounds):
            keep("program", time_program(a.program, a.model, side, a.steps, folder))
            with glassbox.swap(pipe.unet, glass.unet):
                keep("swapped", time_step(theirs, a.steps))
            keep("glassbox", time_step(ours, a.steps))
            if not a.meta:
                keep("diffusers", time_step(theirs, a.steps))
    return least["program"], least["swapped"], least["glassbox"], least.get("diffusers")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=glassbox.tiny_model())
    parser.add_argument("--meta", action="store_true")
    parser.add_argument("--sides", type=int, nargs="+", default=[128, 512], metavar="PIXELS")
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--neighbours", type=int, nargs="+", default=[0, 2], metavar="N")
    parser.add_argument("--program", type=Path, default=Path("build/release/sdxl"))
    a = parser.parse_args()
    pipe, glass = pipeline_of(a.model, a.meta), glassbox.open(a.model)
    print(f"{processor()}, {os.cpu_count()} cores, {time.strftime('%Y-%m-%d')}; milliseconds of a step\n")
    print("| side | neighbours | program | swapped | of the program | glassbox | diffusers |\n|---|---|---|---|---|---|---|")
    for side in a.sides:
        for neighbours in a.neighbours:
            busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(neighbours)]
            try:
                program, swapped, own, theirs = measure(a, pipe, glass, side)
            finally:
                for process in busy:
                    process.kill()
                    process.wait()
            last = f"{1000 * theirs:.1f}" if theirs else "not run"
            print(f"| {side} | {neighbours} | {1000 * program:.1f} | {1000 * swapped:.1f} | {swapped / program:.2f} | "
                  f"{1000 * own:.1f} | {last} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
