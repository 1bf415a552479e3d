"""Times the parts of a full-size SDXL base model beside diffusers on PyTorch, and prints a Markdown table.

    python tests/benchmark/benchmark.py FOLDER [--program build/release/model_benchmark] [--height 512 --width 512]

FOLDER is a model in diffusers' layout; tests/reference/full_size.py makes one with random weights. Each part runs in
a process of its own, ours and PyTorch's in turn, in float32 on all cores and from the same files. A time is the best
of several runs after a first one that brings the weights in. GFLOP are counted by PyTorch on the published
architecture (a multiply-add is two), so that a shortcut such as Winograd's shows as speed and not as fewer of them.
"""

import argparse
import json
import platform
import resource
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "reference"))
PARTS = ("text_encoder", "text_encoder_2", "unet", "vae_decoder")
NAMES = {
    "text_encoder": "CLIP ViT-L text",
    "text_encoder_2": "OpenCLIP bigG text",
    "unet": "UNet, one evaluation",
    "vae_decoder": "VAE decode",
}


def load(part, folder):
    import torch
    from full_size import COMPONENTS

    kind, _ = COMPONENTS["vae" if part == "vae_decoder" else part]
    return kind.from_pretrained(folder / part.removesuffix("_decoder"), torch_dtype=torch.float32).eval()


def time_torch(part, folder, height, width, repeats):
    """What `model_benchmark` prints, for PyTorch."""
    import torch
    from full_size import inputs_for, run_component

    model, inputs = load(part, folder), inputs_for(part, height, width)
    times = []
    with torch.no_grad():
        for _ in range(1 + repeats):
            start = time.perf_counter()
            run_component(part, model, inputs)
            times.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(json.dumps({"seconds": min(times[1:]), "first_seconds": times[0], "peak_gib": peak}))


def count_flops(part, height, width):
    """Of one evaluation: matrix products, convolutions and attention, two for each multiply-add."""
    import torch
    from full_size import empty_models, inputs_for, run_component
    from torch.utils.flop_counter import FlopCounterMode

    model = empty_models()["vae" if part == "vae_decoder" else part].eval()
    inputs = {key: value.to("meta") for key, value in inputs_for(part, height, width).items()}
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        run_component(part, model, inputs)
    return counter.get_total_flops()


def last_line(command):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, check=True, text=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def processor():
    if not Path("/proc/cpuinfo").exists():
        return platform.processor()
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--program", type=Path, default=Path("build/release/model_benchmark"))
    parser.add_argument("--height", type=int, default=512)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--torch-part", choices=PARTS, help="only time this part in PyTorch; used by the benchmark itself")
    a = parser.parse_args()
    if a.torch_part:
        time_torch(a.torch_part, a.folder, a.height, a.width, a.repeats)
        return
    if not a.program.exists():
        sys.exit(f"benchmark: {a.program}: no such program; build the release preset first")

    import torch

    sizes = ["--height", a.height, "--width", a.width, "--repeats", a.repeats]
    rows, rates = [], []
    for part in a.parts:
        print(f"{NAMES[part]} ...", file=sys.stderr, flush=True)
        ours = last_line([a.program, a.folder, part, a.height, a.width, a.repeats])
        theirs = last_line([sys.executable, __file__, a.folder, "--torch-part", part, *sizes])
        gflop = count_flops(part, a.height, a.width) / 1e9
        rate = gflop / ours["seconds"]
        rates.append(ours["gemm_gflops"])
        rows.append(
            f"| {NAMES[part]} | {gflop:.0f} | {ours['seconds']:.3f} s | {theirs['seconds']:.3f} s "
            f"| {theirs['seconds'] / ours['seconds']:.2f} | {rate:.0f} | {rate / ours['gemm_gflops']:.0%} "
            f"| {ours['peak_gib']:.2f} GiB | {theirs['peak_gib']:.2f} GiB |"
        )
    print(f"{processor()}, {ours['threads']} threads; {a.height} x {a.width} pixels; PyTorch {torch.__version__}, float32.")
    print(f"Plain matrix products in the same run: {min(rates):.0f} to {max(rates):.0f} GFLOP/s.\n")
    print("| part | GFLOP | ours | PyTorch | times as fast | GFLOP/s | of the GEMM rate | peak, ours | peak, PyTorch |")
    print("|---|---|---|---|---|---|---|---|---|")
    print("\n".join(rows))


if __name__ == "__main__":
    main()
