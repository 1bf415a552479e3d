"""The page's program beside the native one, and how long a visitor waits, as a Markdown table.

    python tests/benchmark/page.py [--rounds 3]    # after scripts/web --build-only

Each command of a round draws the tiny model's image of 25 steps on one core: the program with its kernels for SSE2,
which have four lanes as WebAssembly's do, and draw.mjs in node, which draws twice. Times are seconds of the processor,
the program's with its start. Then Chromium loads the page in a new profile, and waits for
the picture of all 25 steps: seconds of the clock, since the navigation began, with a server on this machine.
"""

import argparse
import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmark import processor

root = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(root / "tests/web"))
os.environ.setdefault("SITE", str(root / "build/web/site"))


def native(folder, mask):
    """Seconds of the processor that the program takes with kernels for `mask` (ld.so's --glibc-hwcaps-mask)."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    loader = next(Path("/lib64").glob("ld-linux-x86-64.so.2"))
    subprocess.run([loader, "--glibc-hwcaps-mask", mask, root / "build/release/sdxl", "generate", "--quiet", "--threads", "1",
                    "--model", root / "examples/tiny_sdxl/model", "--prompt", "a large yellow star on a blue background",
                    "--seed", "1", "--scheduler", "euler", "--steps", "25", "--guidance-scale", "4",
                    "--output", Path(folder) / "native.png"], check=True)  # fmt: skip
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def web_assembly(folder):
    """-> {"open": seconds, "draw": [first, second]} of draw.mjs."""
    out = subprocess.run(["node", root / "examples/web/draw.mjs", root / "build/web", root / "examples/tiny_sdxl/model",
                          Path(folder) / "web.ppm", "2"], check=True, capture_output=True, text=True)  # fmt: skip
    return json.loads(out.stdout)


def first_visits(rounds):
    """Seconds from the navigation to the picture of all steps, and to the page's load event, of each visit."""
    from site_of_page import PageTest

    PageTest.setUpClass()
    try:
        visits = []
        for _ in range(rounds):
            window = PageTest.browser.new_context(viewport={"width": 1280, "height": 900}, service_workers="block")
            page = window.new_page()
            page.goto(PageTest.address)
            page.wait_for_function("glassbox.run.result && !glassbox.drawing", polling=20, timeout=120_000)
            visits.append(page.evaluate("[performance.now(), performance.getEntriesByType('navigation')[0].loadEventEnd]"))
            window.close()
        return [(picture / 1000, load / 1000) for picture, load in visits]
    finally:
        PageTest.tearDownClass()


def spread(values):
    return f"{min(values):.2f} to {max(values):.2f}"


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--rounds", type=int, default=3)
arguments = parser.parse_args()

rows = {"program, SSE2": [], "WebAssembly, second picture": [], "WebAssembly, first picture": [],
        "WebAssembly, opening the model": [], "program, this processor's kernels": []}  # fmt: skip
with tempfile.TemporaryDirectory() as folder:
    for _ in range(arguments.rounds):
        times = web_assembly(folder)
        rows["program, SSE2"].append(native(folder, "none"))
        rows["WebAssembly, first picture"].append(times["draw"][0])
        rows["WebAssembly, second picture"].append(times["draw"][1])
        rows["WebAssembly, opening the model"].append(times["open"])
        rows["program, this processor's kernels"].append(native(folder, "x86-64-v4:x86-64-v3:x86-64-v2"))
print(f"{processor()}\n\n| | seconds | of SSE2's |\n|---|---|---|")
least = min(rows["program, SSE2"])
for name, values in rows.items():
    print(f"| {name} | {spread(values)} | {min(values) / least:.2f} |")

visits = first_visits(arguments.rounds)
print(f"\n| in Chromium | seconds |\n|---|---|\n| load event | {spread([load for _, load in visits])} |")
print(f"| picture of all 25 steps | {spread([picture for picture, _ in visits])} |")

print("\n| | bytes | with gzip -9 |\n|---|---|---|")
for name in ["glassbox.wasm", "glassbox.js"]:
    data = (Path(os.environ["SITE"]) / name).read_bytes()
    print(f"| {name} | {len(data)} | {len(gzip.compress(data, 9))} |")
