"""The first image of a full-size model from a cold disk beside one from memory, as a Markdown table.

    python tests/benchmark/cold.py FOLDER [--program build/release/sdxl] [--steps 2] [--size 512] [--repeats 3]

FOLDER is a model in diffusers' layout, as for benchmark.py. Before a cold run its files are taken out of the system's
cache (posix_fadvise, POSIX_FADV_DONTNEED), before a warm one they are read. The runs take turns. "beside reading" is a
warm run while another process reads the same files around the cache: what the disk itself takes of the processor.
"""

import argparse
import mmap
import os
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from benchmark import processor

COLUMNS = ("warm", "cold", "beside reading")


def each_file(folder, action):
    for path in sorted(Path(folder).rglob("*.safetensors")):
        action(path)


def drop(path):
    descriptor = os.open(path, os.O_RDONLY)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)


def read(path, flags=0):
    descriptor = os.open(path, os.O_RDONLY | flags)
    buffer = mmap.mmap(-1, 1 << 22)  # O_DIRECT reads into whole pages
    while os.readv(descriptor, [buffer]) == len(buffer):
        pass
    os.close(descriptor)


def time_image(args, column, output):
    each_file(args.folder, drop if column == "cold" else read)
    command = [args.program, "generate", "--quiet", "--model", args.folder, "--prompt", "star", "--seed", "1"]
    command += ["--steps", args.steps, "--height", args.size, "--width", args.size, "--output", output]
    reader = threading.Thread(target=each_file, args=(args.folder, lambda path: read(path, os.O_DIRECT)))
    start = time.perf_counter()
    if column == "beside reading":
        reader.start()
    subprocess.run([str(word) for word in command], check=True)
    seconds = time.perf_counter() - start
    if column == "beside reading":
        reader.join()
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="FOLDER")
    parser.add_argument("--program", default="build/release/sdxl")
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        runs = [{column: time_image(args, column, Path(folder) / "image.png") for column in COLUMNS}
                for _ in range(args.repeats)]
    print(f"{processor()}, {args.steps} steps with guidance at {args.size} x {args.size}\n")
    print("| run | " + " | ".join(COLUMNS) + " |")
    print("|---" * (len(COLUMNS) + 1) + "|")
    for number, run in enumerate(runs, 1):
        print(f"| {number} | " + " | ".join(f"{run[column]:.1f} s" for column in COLUMNS) + " |")
    best = {column: min(run[column] for run in runs) for column in COLUMNS}
    print("| least, of warm | " + " | ".join(f"{best[column] / best['warm']:.2f}" for column in COLUMNS) + " |")


if __name__ == "__main__":
    main()
