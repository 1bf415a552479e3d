"""Table 1, two text encoders and the pooled text: each removed in turn.

The weights are changed, not the program: a folder beside the model's, with zeros where an encoder adds to its residual
stream (its context is 0 then), or in the projection of the pooled text. Measured: the difference from the whole model, and
colours and backgrounds by the checker.
"""

import shutil
import tempfile
from pathlib import Path

import numpy as np
from experiment import Experiment, difference
from safetensors.numpy import load_file, save_file

from data.checker import check
from data.scene import caption
from prompts import FIXED

STREAM = ("token_embedding", "position_embedding", "out_proj", "fc2")
PARTS = {
    "whole": ("text_encoder", ()),
    "no pooled text": ("text_encoder_2", ("text_projection",)),
    "no context of CLIP-L": ("text_encoder", STREAM),
    "nothing of bigG": ("text_encoder_2", (*STREAM, "text_projection")),
}


def with_zeros(model, folder, encoder, names):
    """A copy of the model, zeros in the encoder's weights that bear one of the names."""
    copy = Path(folder) / "model"
    shutil.copytree(model, copy)
    path = copy / encoder / "model.safetensors"
    weights = load_file(path)
    for name, values in weights.items():
        if any(part in name for part in names):
            weights[name] = np.zeros_like(values)
    save_file(weights, path)
    return copy


def main():
    experiment = Experiment(__doc__)
    scenes = FIXED[:4]
    sheet, numbers, whole = {}, {}, None
    for label, (encoder, names) in PARTS.items():
        with tempfile.TemporaryDirectory() as folder:
            model = with_zeros(experiment.model, folder, encoder, names)
            groups = [experiment.draw(caption(scene), seeds=(1, 2), model=model) for scene in scenes]
        images = [image for group in groups for image in group]
        whole = whole or images
        verdicts = [check(image, scene) for scene, group in zip(scenes, groups) for image in group]
        sheet[label] = images
        numbers[label] = {
            "difference": difference(images, whole),
            "colour": float(np.mean([verdict.colour for verdict in verdicts])),
            "background": float(np.mean([verdict.background for verdict in verdicts])),
        }
    experiment.sheet(sheet)
    experiment.numbers(numbers)


if __name__ == "__main__":
    main()
