#!/usr/bin/env python3
"""Plants NaN, then differences, in the tiny model, one at a time, and checks that at-nan and at-diff stop in the right module.

    planted_in_debugger.py PROGRAM [--debugger gdb] [--every 5]

A NaN is one element of one weight. A difference is a weight times 1.25; the reference is a trace of the good model. `--every 5`
takes every fifth plant. Needs no package.
"""

import argparse
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "examples/tiny_sdxl/model"
ATTENTION = "mid_block.attentions.0.transformer_blocks.1"
# Component, weight, element of the NaN. The module's path is the weight's name without its last part.
NAN = [
    ("unet", "conv_in.weight", 7),
    ("unet", "time_embedding.linear_1.bias", 3),
    ("unet", "add_embedding.linear_2.weight", 100),
    ("unet", "down_blocks.0.resnets.0.norm1.weight", 5),
    ("unet", "down_blocks.0.resnets.1.conv2.bias", 0),
    ("unet", "down_blocks.0.downsamplers.0.conv.weight", 11),
    ("unet", "down_blocks.1.resnets.0.time_emb_proj.weight", 40),
    ("unet", "down_blocks.1.resnets.0.conv_shortcut.weight", 9),
    ("unet", "down_blocks.1.attentions.0.norm.bias", 1),
    ("unet", "down_blocks.1.attentions.0.proj_in.weight", 77),
    ("unet", ATTENTION + ".attn1.to_q.weight", 300),
    ("unet", ATTENTION + ".attn2.to_v.weight", 41),
    ("unet", ATTENTION + ".attn2.to_out.0.bias", 8),
    ("unet", ATTENTION + ".ff.net.0.proj.weight", 500),
    ("unet", "up_blocks.0.resnets.2.conv1.weight", 1234),
    ("unet", "conv_norm_out.weight", 2),
    ("text_encoder", "embeddings.position_embedding.weight", 64),
    ("text_encoder_2", "text_model.encoder.layers.1.self_attn.k_proj.weight", 17),
    ("text_encoder_2", "text_projection.weight", 5),
    ("vae", "decoder.mid_block.attentions.0.to_k.weight", 6),
]
DIFFERENT = [
    "conv_in.weight",
    "time_embedding.linear_1.weight",
    "time_embedding.linear_2.bias",
    "add_embedding.linear_1.weight",
    "down_blocks.0.resnets.0.norm1.weight",
    "down_blocks.0.resnets.0.conv1.weight",
    "down_blocks.0.resnets.1.time_emb_proj.weight",
    "down_blocks.0.downsamplers.0.conv.weight",
    "down_blocks.1.resnets.0.conv_shortcut.weight",
    "down_blocks.1.attentions.0.norm.weight",
    "down_blocks.1.attentions.0.proj_out.weight",
    "mid_block.resnets.0.norm2.bias",
    ATTENTION + ".norm1.weight",
    ATTENTION + ".attn1.to_k.weight",
    ATTENTION + ".attn2.to_v.weight",
    ATTENTION + ".ff.net.0.proj.weight",
    ATTENTION + ".ff.net.2.weight",
    "up_blocks.0.upsamplers.0.conv.weight",
    "up_blocks.1.resnets.2.conv2.weight",
    "conv_out.weight",
]
RUN = ["generate", "--prompt", "a_large_yellow_star", "--steps", "2", "--guidance-scale", "4", "--seed", "1", "--quiet"]


def patched_copy(folder, component, name, change):
    """The tiny model in a new folder, as links, with one weight changed. change(numbers) edits a list."""
    changed = MODEL / component
    for file in MODEL.rglob("*.*"):
        if file.is_file() and not (file.parent == changed and file.suffix == ".safetensors"):
            link = folder / file.relative_to(MODEL)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(file)
    (file,) = changed.glob("*.safetensors")
    data = bytearray(file.read_bytes())
    (size,) = struct.unpack_from("<Q", data)
    entry = json.loads(data[8 : 8 + size])[name]
    begin, end = (8 + size + offset for offset in entry["data_offsets"])
    letter = {"F16": "e", "F32": "f"}[entry["dtype"]]
    form = "<%d%s" % ((end - begin) // struct.calcsize(letter), letter)
    numbers = list(struct.unpack_from(form, data, begin))
    change(numbers)
    struct.pack_into(form, data, begin, *numbers)
    (folder / component / file.name).write_bytes(data)
    return folder


def module_of(component, weight):
    """Files of the first text encoder leave the level text_model out."""
    level = "text_model." if component == "text_encoder" else ""
    return component + "." + level + weight.rpartition(".")[0]


def with_nan(place):
    def change(numbers):
        numbers[place] = float("nan")

    return change


def larger(numbers):
    numbers[:] = [1.25 * x for x in numbers]


def session(debugger, program, first, models, image):
    """What the debugger prints for each model, in one process."""
    commands = [first]
    for model in models:
        commands += ["run " + " ".join([*RUN, "--model", str(model), "--output", str(image)]), "layers"]
        commands += ["kill"] if debugger.startswith("gdb") else ["process kill"]
    if debugger.startswith("gdb"):
        call = [debugger, "-nx", "-batch", "-x", "docs/debugging/glassbox.gdb"]
        call += [word for command in commands for word in ("-ex", command)]
    else:
        call = [debugger, "--no-lldbinit", "-b", "-s", "docs/debugging/glassbox.lldb"]
        call += [word for command in commands for word in ("-o", command)]
    environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
    done = subprocess.run([*call, program], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.stdout.decode(errors="replace")


def check(kind, said, pattern, expected):
    found = re.findall(pattern, said)
    wrong = [(e, f) for e, f in zip(expected, found + ["nowhere"] * len(expected)) if e != f]
    if wrong or len(found) != len(expected):
        print(said)
        sys.exit("\n".join(["%s planted in %s: stopped at %s" % (kind, e, f) for e, f in wrong] or ["too many stops"]))
    print("%d planted %ss: all stopped at in the right module." % (len(expected), kind))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", metavar="PROGRAM", help="build/debug/sdxl")
    parser.add_argument("--debugger", default="gdb", metavar="NAME", help="gdb, or lldb-19 (gdb)")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="take every N-th plant (1)")
    options = parser.parse_args()
    program = Path(options.program).resolve()
    nan, different = NAN[:: options.every], DIFFERENT[:: options.every]
    with tempfile.TemporaryDirectory() as made:
        made = Path(made)
        models = [patched_copy(made / ("nan%d" % i), part, name, with_nan(at)) for i, (part, name, at) in enumerate(nan)]
        said = session(options.debugger, program, "at-nan", models, made / "image.png")
        check("NaN", said, r"at-nan: made by (\S+): .*; its parameter \S+ has", [module_of(part, name) for part, name, _ in nan])

        trace = made / "good.safetensors"
        good = [*RUN, "--model", MODEL, "--trace", trace, "--output", made / "image.png"]
        subprocess.run([program, *good], check=True, env={**os.environ, "OMP_WAIT_POLICY": "passive"})
        models = [patched_copy(made / ("different%d" % i), "unet", name, larger) for i, name in enumerate(different)]
        said = session(options.debugger, program, "at-diff %s step 0" % trace, models, made / "image.png")
        check("difference", said, r"at-diff: (\S+): relative error", [module_of("unet", name) for name in different])


if __name__ == "__main__":
    main()
