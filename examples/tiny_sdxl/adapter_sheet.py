"""A sheet of what the adapters do, as docs/adapters.md shows it. Needs Pillow and the program.

    python examples/tiny_sdxl/adapter_sheet.py build/release/sdxl docs/images/tiny_adapters.png

Rows: a prompt of the base; with the LoRA at half and at full strength; the ControlNet's edges and the picture that follows
them, with a prompt of its own.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from data.draw import draw
from data.scene import Scene, Thing

ADAPTERS = Path(__file__).parent / "adapters"
PROMPTS = [
    "a large yellow star on a blue background",
    "a large orange flower on a green background",
    "a large white cross on a red background",
    "a large green ring on a black background",
    "a large purple heart on a yellow background",
]
# What the edges are drawn from, and the prompt that goes with them.
CONTROLS = [
    (Scene((Thing("star", "white", size="small"),), "black", place="on the left"), "a yellow star on a blue background"),
    (Scene((Thing("flower", "white", size="large"),), "black"), "a pink flower on a green background"),
    (Scene((Thing("cross", "white"),), "black"), "a striped white cross on a red background"),
    (Scene((Thing("ring", "white"), Thing("moon", "white")), "black", relation="above"), "a green ring above a red moon on a black background"),
    (Scene((Thing("heart", "white", size="small"),), "black", place="at the bottom"), "a purple heart on a yellow background"),
]
SIDE, GAP = 128, 8


def generate(program, path, prompt, *more):
    command = [program, "generate", "--prompt", prompt, "--seed", "4", "--output", path, "--quiet"]
    subprocess.run([*command, "--steps", "25", "--guidance-scale", "4", *more], check=True)
    return Image.open(path).convert("RGB")


def column_of(program, folder, number):
    """The five pictures of a column."""
    path = Path(folder) / f"{number}.png"
    lora = ADAPTERS / "contours.safetensors"
    pictures = [generate(program, path, PROMPTS[number])]
    pictures += [generate(program, path, PROMPTS[number], "--lora", f"{lora}:{scale}") for scale in (0.5, 1)]
    scene, prompt = CONTROLS[number]
    Image.fromarray(draw(scene, SIDE, SIDE, np.random.default_rng(number))).save(path)
    edges = Path(folder) / f"{number}.edges.png"
    subprocess.run([program, "edges", path, "--output", edges], check=True)
    control = ["--control", ADAPTERS / "edges.safetensors", "--control-image", edges]
    return [*pictures, Image.open(edges).convert("RGB"), generate(program, path, prompt, *control)]


def main():
    program, sheet_path = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        columns = [column_of(program, folder, number) for number in range(len(PROMPTS))]
    width, height = (count * (SIDE + GAP) - GAP for count in (len(columns), len(columns[0])))
    sheet = Image.new("RGB", (width, height), "white")
    for x, column in enumerate(columns):
        for y, picture in enumerate(column):
            sheet.paste(picture, (x * (SIDE + GAP), y * (SIDE + GAP)))
    sheet.quantize(256, dither=Image.Dither.NONE).save(sheet_path, optimize=True)


if __name__ == "__main__":
    main()
