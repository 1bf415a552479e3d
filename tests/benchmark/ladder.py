"""The ladder of backends as a Markdown table: each kernel and the tiny model's image by textbook, eigen and fast, and by
fast with its steps taken away, beside PyTorch in the same run.

    python tests/benchmark/ladder.py [--programs build/release]

A time is the best of several runs, on all cores, in float32. GFLOP/s count a multiply-add as two operations, those of the
definition: a shortcut such as Winograd's shows as speed. PyTorch takes part where it is installed.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

from benchmark import best_of, processor
from whole import PROMPT, TINY, time_diffusers

STEPS = 25


def time_kernels(program):
    """{kernel: [(rung, seconds, GFLOP/s)]}"""
    ladder = {}
    for line in subprocess.run([program], check=True, capture_output=True, text=True).stdout.splitlines():
        row = json.loads(line)
        ladder.setdefault(row["kernel"], []).append((row["rung"], row["seconds"], row["gflops"]))
    return ladder


def time_torch():
    """The same kernels at the sizes of ladder_benchmark.cpp. → {kernel: (seconds, GFLOP/s)}"""
    import torch
    from torch.nn import functional as F

    x, w, b = torch.randn(1024, 640), torch.randn(640, 640), torch.randn(640)
    image, kernel, bias = torch.randn(1, 320, 32, 32), torch.randn(320, 320, 3, 3), torch.randn(320)
    q = torch.randn(1, 10, 1024, 64)
    runs = {
        "linear": (1024 * 640 * 640, lambda: F.linear(x, w, b)),
        "conv2d": (9 * 320 * 320 * 32 * 32, lambda: F.conv2d(image, kernel, bias, padding=1)),
        "attention": (2 * 1024 * 1024 * 640, lambda: F.scaled_dot_product_attention(q, q, q)),
    }
    times = {}
    with torch.no_grad():
        for name, (multiply_adds, run) in runs.items():
            seconds = best_of(30, run)["seconds"]
            times[name] = seconds, 2e-9 * multiply_adds / seconds
    return times


def time_images(program):
    """The tiny model's image by each backend, from the command to the file. → [(backend, seconds)]"""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for backend, repeats in (("textbook", 1), ("eigen", 3), ("fast", 5)):
            command = [program, "generate", "--quiet", "--model", TINY, "--prompt", PROMPT, "--steps", STEPS]
            command += ["--guidance-scale", 4, "--seed", 1, "--backend", backend, "--output", Path(folder) / "image.png"]
            arguments = [str(argument) for argument in command]
            rows.append((backend, best_of(repeats, lambda: subprocess.run(arguments, check=True))["seconds"]))
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=Path, default=Path("build/release"))
    a = parser.parse_args()
    program = a.programs / "ladder_benchmark"
    if not program.exists():
        sys.exit(f"ladder: {program}: no such program; build the release preset first")
    has_torch = find_spec("torch") is not None
    theirs = time_torch() if has_torch else {}
    print(f"{processor()}, {time.strftime('%Y-%m-%d')}\n")
    print("| kernel | rung | time | GFLOP/s | of PyTorch's time |\n|---|---|---|---|---|")
    for kernel, rows in time_kernels(program).items():
        for rung, seconds, gflops in rows:
            ratio = f"{seconds / theirs[kernel][0]:.2f}" if has_torch else ""
            print(f"| {kernel} | {rung} | {seconds * 1e3:.2f} ms | {gflops:.1f} | {ratio} |")
    diffusers = time_diffusers(3)["seconds"] if has_torch and find_spec("diffusers") else None
    for backend, seconds in time_images(a.programs / "sdxl"):
        ratio = f"{seconds / diffusers:.2f}" if diffusers else ""
        print(f"| tiny image, {STEPS} steps | {backend} | {seconds:.2f} s | | {ratio} |")


if __name__ == "__main__":
    main()
