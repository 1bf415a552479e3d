"""Section 2.4, the autoencoder: what is left of an image after encoding and decoding.

The paper's table 3 at this size. Images are drawn by the scene grammar and were not in training. Measured by
`sdxl reconstruct`: PSNR, SSIM, mean absolute error.
"""

import subprocess
import tempfile
from pathlib import Path

import numpy as np
from experiment import Experiment
from PIL import Image

from data.draw import draw
from data.scene import caption, random_scene

COUNT = 8


def main():
    experiment = Experiment(__doc__)
    rng = np.random.default_rng(11)
    before, after, numbers = [], [], {}
    for _ in range(COUNT):
        scene = random_scene(rng)
        image = draw(scene, experiment.side, experiment.side, rng)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            Image.fromarray(image).save(folder / "before.png")
            for words in (["encode", "before.png", "x.safetensors"], ["decode", "x.safetensors", "after.png"]):
                command = [experiment.program, words[0], "--model", experiment.model, *words[1:]]
                subprocess.run(command, check=True, cwd=folder, capture_output=True)
            result = np.asarray(Image.open(folder / "after.png").convert("RGB"))
            command = [experiment.program, "reconstruct", "--model", experiment.model, "before.png"]
            table = subprocess.run(command, check=True, cwd=folder, capture_output=True, text=True).stdout
        _, _, _, psnr, ssim, error = map(float, table.splitlines()[1].split())
        before.append(image)
        after.append(result)
        numbers[caption(scene)[:22]] = {"PSNR": psnr, "SSIM": ssim, "error of 255": error}
    means = {key: float(np.mean([row[key] for row in numbers.values()])) for key in ("PSNR", "SSIM", "error of 255")}
    experiment.sheet({"drawn": before, "encoded, decoded": after})
    experiment.numbers(numbers | {"mean": means})


if __name__ == "__main__":
    main()
