"""How far a mistake moves the tiny model's image, and where the values differ first."""

import array
import json
import math
import random
import re
import shutil
import struct

from PIL import Image, ImageChops, ImageStat

DRAWING = ["--seed", "7", "--steps", "20", "--threads", "1", "--quiet"]


def write_tensors(path, tensors):
    """Writes {name: (shape, numbers)} as float32."""
    header, data = {}, b""
    for name, (shape, numbers) in tensors.items():
        part = array.array("f", numbers).tobytes()
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(part)]}
        data += part
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def read_latents(path):
    data = path.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    start, end = json.loads(data[8 : 8 + length])["latents"]["data_offsets"]
    return array.array("f", data[8 + length + start : 8 + length + end])


def component_inputs():
    """Inputs for each component of the tiny model alone, in the order in which the components run."""
    numbers = random.Random(0)

    def noise(*shape):
        return shape, [numbers.gauss(0, 1) for _ in range(math.prod(shape))]

    words = [655, *(numbers.randrange(600) for _ in range(8)), *[656] * 68]
    return {
        "text_encoder": {"input_ids": ((1, 77), words)},
        "text_encoder_2": {"input_ids": ((1, 77), words)},
        "vae_encoder": {"sample": noise(1, 3, 48, 64)},
        "unet": {
            "sample": noise(1, 4, 6, 8),
            "timestep": ((1,), [501]),
            "encoder_hidden_states": noise(1, 77, 160),
            "text_embeds": noise(1, 96),
            "time_ids": ((1, 6), [48, 64, 3, 5, 40, 56]),
        },
        "vae_decoder": {"sample": noise(1, 4, 6, 8)},
    }


class Probe:
    """Runs the right program once and a wrong one for each mistake, on the same inputs."""

    def __init__(self, scratch, run):
        self.program = scratch / "build/release/sdxl"
        self.right_program = scratch / "build/sdxl.right"
        self.folder = scratch / "build/evidence"
        self.run = run

    def prepare(self, all_options):
        shutil.copy(self.program, self.right_program)
        right = self.folder / "right"
        right.mkdir(parents=True, exist_ok=True)
        for component, inputs in component_inputs().items():
            write_tensors(self.folder / f"{component}.inputs", inputs)
        self.trace_components(right)
        self.draw(right, [])  # what `--image` starts from
        for options in all_options:
            self.draw(self.right_folder(options), options)

    def right_folder(self, options):
        kind = re.sub(r"[^a-z0-9]+", "_", " ".join(options)).strip("_")
        return self.folder / (f"right_{kind}" if options else "right")

    def image(self, name):
        return Image.open(self.folder / name / "image.png").convert("RGB")

    def right_image(self, options):
        return self.image(self.right_folder(options).name)

    def trace_components(self, folder):
        for component in component_inputs():
            self.run([self.program, "trace", "--component", component, "--threads", "1",
                      "--inputs", self.folder / f"{component}.inputs", "--output", folder / component],
                     self.folder)

    def draw(self, folder, options):
        folder.mkdir(parents=True, exist_ok=True)
        options = [self.folder / "right/image.png" if o == "IMAGE" else o for o in options]
        self.run([self.program, "generate", *DRAWING, *options, "--output", folder / "image.png",
                  "--save-latents", folder / "latents", "--trace", folder / "step_1"], self.folder)

    def first_divergence(self, ours, theirs):
        """The path that `sdxl compare` names first, if any. The two ran on one machine with one
        program but for the mistake, so any difference counts."""
        command = [self.right_program, "compare", ours, theirs, "--limit", "1e-9"]
        result = self.run(command, self.folder, check=False)
        found = re.search(r"first divergence at (\S+):", result.stderr)
        return found.group(1) if found else ""

    def where(self, wrong, right, latents_move, image_moves):
        for component in component_inputs():
            path = self.first_divergence(wrong / component, self.folder / "right" / component)
            if path:
                return f"`{path}`" if "." in path else f"{component}: `{path}`"
        path = self.first_divergence(wrong / "step_1", right / "step_1")
        if path:
            return f"no part by itself; in the first step `{path}`"
        if latents_move:
            return "no module in the first step; the finished latents"
        return "the image alone" if image_moves else "nowhere in this model's image"

    def examine(self, name, options):
        wrong, right = self.folder / name, self.right_folder(options)
        shutil.rmtree(wrong, ignore_errors=True)
        self.draw(wrong, options)
        self.trace_components(wrong)
        ours, theirs = read_latents(wrong / "latents"), read_latents(right / "latents")
        moved = sum((a - b) ** 2 for a, b in zip(ours, theirs)) ** 0.5
        relative = moved / sum(b * b for b in theirs) ** 0.5
        difference = ImageChops.difference(self.image(name), self.right_image(options))
        image_difference = sum(ImageStat.Stat(difference).mean) / 3
        where = self.where(wrong, right, relative > 0, image_difference > 0)
        return {"where": where, "latents": relative, "image": image_difference}
