"""The tiny model's image beside busy programs, as a Markdown table.

    python tests/benchmark/busy.py [--program build/release/sdxl] [--neighbours 0 2 4 8] [--repeats 7]

A neighbour is a process that never sleeps. The column "ours" is the program as it is; "passive" sets OMP_WAIT_POLICY,
with which a waiting thread sleeps at once; "one thread" is --threads 1. Each image is drawn by a process of its own, the
columns in turn. A time is the median, in brackets the worst; "of idle" is its ratio to our median without neighbours.
With n neighbours on c cores a fair share of the machine makes an image of one thread max(1, (n + 1) / c) times as long.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmark import processor
from whole import PROMPT, TINY

COLUMNS = {"ours": ([], {}), "passive": ([], {"OMP_WAIT_POLICY": "passive"}), "one thread": (["--threads", "1"], {})}
WAITING = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")


def time_image(program, options, variables, folder):
    command = [program, "generate", "--quiet", "--model", TINY, "--prompt", PROMPT, "--steps", "25"]
    command += ["--guidance-scale", "4", "--seed", "1", "--output", Path(folder) / "image.png", *options]
    environment = {name: value for name, value in os.environ.items() if name not in WAITING}
    start = time.perf_counter()
    subprocess.run([str(word) for word in command], check=True, env={**environment, **variables})
    return time.perf_counter() - start


def time_beside(neighbours, program, repeats):
    """{column: seconds of each image}, beside as many busy processes."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(neighbours)]
    times = {column: [] for column in COLUMNS}
    try:
        with tempfile.TemporaryDirectory() as folder:
            for _ in range(repeats):
                for column, (options, variables) in COLUMNS.items():
                    times[column].append(time_image(program, options, variables, folder))
    finally:
        for process in busy:
            process.kill()
            process.wait()
    return times


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=Path("build/release/sdxl"))
    parser.add_argument("--neighbours", type=int, nargs="+", default=[0, 2, 4, 8], metavar="N")
    parser.add_argument("--repeats", type=int, default=7)
    a = parser.parse_args()
    if not a.program.exists():
        sys.exit(f"busy: {a.program}: no such program; build the release preset first")
    time_beside(0, a.program, 1)  # the files are in memory from here on
    print(f"{processor()}, {len(os.sched_getaffinity(0))} cores, {time.strftime('%Y-%m-%d')}\n")
    heads = [head for column in COLUMNS for head in (column, "of idle")]
    print(f"| neighbours | {' | '.join(heads)} |\n{'|---' * (len(heads) + 1)}|")
    idle = None
    for neighbours in a.neighbours:
        cells = []
        for times in time_beside(neighbours, a.program, a.repeats).values():
            median = statistics.median(times)
            idle = idle or median
            cells += [f"{median:.2f} s ({max(times):.2f})", f"{median / idle:.1f}"]
        print(f"| {neighbours} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
