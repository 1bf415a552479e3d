"""A sheet of images that the tiny model draws, as the README shows it. Needs Pillow.

    python examples/tiny_sdxl/sheet.py build/release/sdxl docs/images/tiny_sdxl.png
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

PROMPTS = [
    "a large yellow star on a blue background",
    "a large orange flower on a green background",
    "a large white cross on a red background",
    "a large green ring on a black background",
    "a large striped purple heart on a yellow background",
    "a large dotted cyan moon on a purple background",
]
SIDE, GAP = 128, 8


def main():
    program, sheet_path = sys.argv[1:]
    sheet = Image.new("RGB", (len(PROMPTS) * (SIDE + GAP) - GAP, SIDE), "white")
    with tempfile.TemporaryDirectory() as folder:
        for i, prompt in enumerate(PROMPTS):
            path = Path(folder) / f"{i}.png"
            command = [program, "generate", "--prompt", prompt, "--seed", "4", "--output", path, "--quiet"]
            subprocess.run([*command, "--steps", "25", "--guidance-scale", "4"], check=True)
            image = Image.open(path).resize((SIDE, SIDE), Image.Resampling.NEAREST)
            sheet.paste(image, (i * (SIDE + GAP), 0))
    sheet.save(sheet_path, optimize=True)


if __name__ == "__main__":
    main()
