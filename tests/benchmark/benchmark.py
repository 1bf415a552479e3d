"""Times the components of a full-size SDXL base beside diffusers on PyTorch, OpenVINO and stable-diffusion.cpp, and prints
a Markdown table.

    python tests/benchmark/benchmark.py FOLDER [--program build/release/model_benchmark] [--height 512 --width 512]

FOLDER is a model in diffusers' layout; tests/make_goldens/full_size.py makes one with random weights. Each component runs in
a process of its own, ours and the peers' in turn, in float32 on all cores and from the same files. A time is the best
of several runs after a first one that loads the weights. GFLOP are counted by PyTorch on the published
architecture (a multiply-add is two), so an algorithm such as Winograd's shows as speed and not as fewer of them.

OpenVINO is timed where it is installed (pip install openvino). It needs the model in its own format, which is made once
and kept in FOLDER/openvino (the UNet: 5 GB, and some minutes).

stable-diffusion.cpp is timed where it is installed, in the fastest build that we found:

    CMAKE_ARGS="-DGGML_NATIVE=ON -DGGML_LLAMAFILE=ON" pip install --no-binary :all: stable-diffusion-cpp-python

It needs one file, made once as FOLDER/single_file.safetensors (7 GB), and draws whole images: its UNet and its decode
are timed between its reports of progress, the decode once. It keeps float16 weights as they are, and rounds the other
operand to float16 too.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from importlib.metadata import version
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "make_goldens"))
PARTS = ("text_encoder", "text_encoder_2", "unet", "vae_decoder")
NAMES = {
    "text_encoder": "CLIP ViT-L text",
    "text_encoder_2": "OpenCLIP bigG text",
    "unet": "UNet, one evaluation",
    "vae_decoder": "VAE decode",
}


def load(part, folder, dtype):
    from full_size import COMPONENTS

    kind, _ = COMPONENTS["vae" if part == "vae_decoder" else part]
    return kind.from_pretrained(folder / part.removesuffix("_decoder"), torch_dtype=dtype).eval()


def time_torch(part, folder, height, width, repeats):
    """What `model_benchmark` prints, for PyTorch."""
    import torch
    from full_size import inputs_for, run_component

    model, inputs = load(part, folder, torch.float32), inputs_for(part, height, width)
    with torch.no_grad():
        print(json.dumps(best_of(repeats, lambda: run_component(part, model, inputs))))


def make_for_openvino(part, folder, path):
    """Traced in half precision, which halves the memory that it takes."""
    import openvino
    import torch
    from full_size import inputs_for, run_component

    class Part(torch.nn.Module):
        def __init__(self, model, names):
            super().__init__()
            self.model, self.names = model, names

        def forward(self, *inputs):
            results = run_component(part, self.model, dict(zip(self.names, inputs)))
            return results[list(results)[0]]

    inputs = inputs_for(part, 256, 256)
    example = tuple(x.half() if x.is_floating_point() else x for x in inputs.values())
    with torch.no_grad():
        converted = openvino.convert_model(Part(load(part, folder, torch.float16), list(inputs)), example_input=example)
    path.parent.mkdir(exist_ok=True)
    openvino.save_model(converted, path.with_name(f"part.{path.name}"), compress_to_fp16=True)
    path.with_name(f"part.{path.stem}.bin").rename(path.with_suffix(".bin"))
    path.with_name(f"part.{path.name}").rename(path)


def time_openvino(part, folder, height, width, repeats):
    """What `model_benchmark` prints, for OpenVINO, whose own choice is lower precision where the processor has it."""
    import openvino
    from full_size import inputs_for

    path = folder / "openvino" / f"{part}.xml"
    model = openvino.compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    inputs = [x.numpy() for x in inputs_for(part, height, width).values()]
    print(json.dumps(best_of(repeats, lambda: model(inputs))))


def time_stable_diffusion_cpp(part, folder, height, width, repeats):
    """What `model_benchmark` prints, for stable-diffusion.cpp; null for the text encoders, which are not apart."""
    from stable_diffusion_cpp import StableDiffusion

    if part not in ("unet", "vae_decoder"):
        print("null")
        return
    model = StableDiffusion(
        model_path=str(folder / "single_file.safetensors"),
        n_threads=len(os.sched_getaffinity(0)),
        vae_decode_only=True,
        enable_mmap=True,
        diffusion_flash_attn=True,
        verbose=False,
    )
    ends, peaks = [], []  # of each step, the start of the first one among them

    def note(*_):
        ends.append(time.perf_counter())
        peaks.append(peak_gib())

    model.generate_image(
        prompt="a photograph of a cat",
        cfg_scale=1.0,
        height=height,
        width=width,
        sample_method="euler",
        sample_steps=1 + repeats if part == "unet" else 1,
        seed=1,
        progress_callback=note,
    )
    decode = time.perf_counter() - ends[-1]
    times = [stop - start for start, stop in pairwise(ends)]
    if part == "unet":
        print(json.dumps({"seconds": min(times[1:]), "first_seconds": times[0], "peak_gib": peaks[-1]}))
    else:
        print(json.dumps({"seconds": decode, "first_seconds": decode, "peak_gib": peak_gib()}))


def make_for_stable_diffusion_cpp(folder, path):
    from safetensors.torch import save_file
    from single_file import load_parts, to_single_file

    part = path.with_name(f"part.{path.name}")
    save_file(to_single_file(folder, load_parts(folder)), part)
    part.rename(path)


def best_of(repeats, run):
    times = []
    for _ in range(1 + repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return {"seconds": min(times[1:]), "first_seconds": times[0], "peak_gib": peak_gib()}


def peak_gib():
    """The most memory that this process has had."""
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 2**20


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


PEERS = {
    "PyTorch": time_torch,
    "OpenVINO": time_openvino,
    "stable-diffusion.cpp": time_stable_diffusion_cpp,
}


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
    parser.add_argument("--peer", choices=PEERS, help="only time the one part in this peer; used by the benchmark itself")
    a = parser.parse_args()
    if a.peer:
        PEERS[a.peer](a.parts[0], a.folder, a.height, a.width, a.repeats)
        return
    if not a.program.exists():
        sys.exit(f"benchmark: {a.program}: no such program; build the release preset first")

    peers = {"PyTorch": version("torch")}
    if find_spec("openvino"):
        peers["OpenVINO"] = version("openvino").split("-")[0]
    if find_spec("stable_diffusion_cpp"):
        peers["stable-diffusion.cpp"] = "by stable-diffusion-cpp-python " + version("stable-diffusion-cpp-python")
        path = a.folder / "single_file.safetensors"
        if not path.exists():
            make_for_stable_diffusion_cpp(a.folder, path)
    sizes = ["--height", a.height, "--width", a.width, "--repeats", a.repeats]
    rows, rates = [], []
    for part in a.parts:
        print(f"{NAMES[part]} ...", file=sys.stderr, flush=True)
        ours = last_line([a.program, a.folder, part, a.height, a.width, a.repeats])
        path = a.folder / "openvino" / f"{part}.xml"
        if "OpenVINO" in peers and not path.exists():
            make_for_openvino(part, a.folder, path)
        measure = [sys.executable, __file__, a.folder, "--parts", part, *sizes, "--peer"]
        theirs = [last_line([*measure, peer]) for peer in peers]
        gflop = count_flops(part, a.height, a.width) / 1e9
        rate = gflop / ours["seconds"]
        rates.append(ours["gemm_gflops"])
        rows.append(
            f"| {NAMES[part]} | {gflop:.0f} | {rate:.0f} | {rate / ours['gemm_gflops']:.0%} | {ours['seconds']:.3f} s "
            + "".join(
                f"| {run['seconds']:.3f} s | {ours['seconds'] / run['seconds']:.2f} " if run else "| | " for run in theirs
            )
            + "".join(f"| {run['peak_gib']:.2f} GiB " if run else "| " for run in [ours, *theirs])
            + "|"
        )
    names = ", ".join(f"{name} {number}" for name, number in peers.items())
    print(f"{processor()}, {ours['threads']} threads; {a.height} x {a.width} pixels; {names}; float32.")
    print(f"Plain matrix products in the same run: {min(rates):.0f} to {max(rates):.0f} GFLOP/s.\n")
    heads = ["part", "GFLOP", "GFLOP/s", "of the GEMM rate", "ours"]
    heads += [head for peer in peers for head in (peer, "ours / it")] + [f"peak, {name}" for name in ("ours", *peers)]
    print("| " + " | ".join(heads) + " |\n" + "|---" * len(heads) + "|")
    print("\n".join(rows))


if __name__ == "__main__":
    main()
