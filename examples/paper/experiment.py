"""Shared by the experiments: images by the program, a sheet with labels, numbers as a table and a file."""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "examples" / "tiny_sdxl"))

PROMPTS = (
    "a large yellow star on a blue background",
    "a large red heart on a white background",
    "a large green circle on a black background",
    "a large white cross on a red background",
)
SEEDS = (1, 2, 3, 4)
SHOWN, GAP, LABELS = 96, 4, 150


class Experiment:
    """Reads the command line; `doc` is the program's text, whose first line names the section of the paper."""

    def __init__(self, doc, steps=25, guidance_scale=4.0):
        parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
        parser.add_argument("--program", type=Path, default=ROOT / "build" / "release" / "sdxl")
        parser.add_argument("--model", type=Path, default=ROOT / "examples" / "tiny_sdxl" / "model")
        parser.add_argument("--out", type=Path, default=Path("paper"), help="a folder for sheets and numbers")
        parser.add_argument("--steps", type=int, default=steps)
        parser.add_argument("--guidance-scale", type=float, default=guidance_scale)
        parser.add_argument("--threads", type=int, help="for the program (all cores)")
        args = parser.parse_args()
        self.program, self.model, self.out, self.args = args.program.resolve(), args.model.resolve(), args.out, args
        self.name = Path(sys.argv[0]).stem
        self.title = doc.splitlines()[0]
        self.out.mkdir(parents=True, exist_ok=True)

    @property
    def side(self):
        """Pixels of the model's own images."""
        return 8 * json.loads((self.model / "unet" / "config.json").read_text())["sample_size"]

    def need_refiner(self):
        refiner = self.model / "refiner"
        if not refiner.exists():
            sys.exit(f"{self.name}: {self.model} has no refiner; train one (examples/tiny_sdxl/README.md)")
        return refiner

    def draw(self, prompt, *options, seeds=SEEDS, model=None):
        """The program's images, one for each seed. → [(H, W, 3) bytes]"""
        settings = {"model": model or self.model, "prompt": prompt, "seed": ",".join(map(str, seeds))}
        settings |= {"steps": self.args.steps, "guidance-scale": self.args.guidance_scale}
        settings |= {"threads": self.args.threads} if self.args.threads else {}
        given = {word[2:] for word in map(str, options) if word.startswith("--")}
        words = [w for key, value in settings.items() if key not in given for w in (f"--{key}", str(value))]
        with tempfile.TemporaryDirectory() as folder:
            command = [self.program, "generate", *words, *map(str, options), "--quiet", "--output", f"{folder}/x.png"]
            subprocess.run(command, check=True)
            paths = [f"{folder}/x.{i}.png" for i in range(len(seeds))] if len(seeds) > 1 else [f"{folder}/x.png"]
            return [np.asarray(Image.open(path).convert("RGB")) for path in paths]

    def sheet(self, rows):
        """rows: {label: [image]}; each image is drawn SHOWN high. Writes OUT/NAME.png."""
        page = Sheet(rows)
        path = self.out / f"{self.name}.png"
        page.save(path)
        print(f"the sheet is {path}")

    def numbers(self, rows):
        """rows: {label: {measure: number}}. Prints a table, writes OUT/NAME.json."""
        print(self.title)
        measures = list(next(iter(rows.values())))
        print(f"{'':24}" + "".join(f"{measure:>14}" for measure in measures))
        for label, values in rows.items():
            print(f"{label:24}" + "".join(f"{values[measure]:14.4g}" for measure in measures))
        (self.out / f"{self.name}.json").write_text(json.dumps({"title": self.title, "rows": rows}, indent=2) + "\n")


class Sheet:
    """A row of images for each label."""

    def __init__(self, rows):
        shown = {label: [self.shrunk(image) for image in images] for label, images in rows.items()}
        width = max(sum(image.width + GAP for image in images) for images in shown.values())
        self.page = Image.new("RGB", (LABELS + width, (SHOWN + GAP) * len(rows)), "white")
        writer, font = ImageDraw.Draw(self.page), ImageFont.load_default(14)
        for i, (label, images) in enumerate(shown.items()):
            x, y = LABELS, i * (SHOWN + GAP)
            writer.text((6, y + SHOWN // 2 - 8), label, "black", font)
            for image in images:
                self.page.paste(image, (x, y))
                x += image.width + GAP

    @staticmethod
    def shrunk(image):
        height, width = image.shape[:2]
        return Image.fromarray(image).resize((round(SHOWN * width / height), SHOWN), Image.Resampling.BICUBIC)

    def save(self, path):
        self.page.save(path, optimize=True)


def sharpness(image):
    """How steep edges are for the image's contrast: steepest percent of the slopes over the spread of brightness."""
    grey = image.astype(float).mean(-1)
    slopes = np.hypot(*np.gradient(grey))
    return float(np.quantile(slopes, 0.99) / (grey.std() + 1e-9))


def thing_mask(image):
    """True where the colour differs from the border's."""
    border = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]]).astype(float)
    return np.linalg.norm(image - np.median(border, 0), axis=-1) > 60


def middle(image):
    """(x, y) of the thing's middle, shares of width and height; (0.5, 0.5) if nothing is there."""
    y, x = np.nonzero(thing_mask(image))
    if len(x) == 0:
        return 0.5, 0.5
    return float((x.mean() + 0.5) / image.shape[1]), float((y.mean() + 0.5) / image.shape[0])


def saturation(image):
    return float((image.max(-1).astype(float) - image.min(-1)).mean())


def difference(images, others):
    """Root mean square over images, of 255."""
    return float(np.sqrt(np.mean([(a.astype(float) - b) ** 2 for a, b in zip(images, others)])))


def mean_of(measure, images):
    return float(np.mean([measure(image) for image in images]))
