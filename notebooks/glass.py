"""What the notebooks share: running the program and reading what it writes."""

import json
import os
import struct
import subprocess
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Image

root = Path(__file__).resolve().parent.parent
program = os.environ.get("SDXL_PROGRAM", str(root / "build" / "release" / "sdxl"))
_folder = tempfile.TemporaryDirectory(prefix="glassbox-")  # gone when the notebook is
scratch = Path(_folder.name)


def sdxl(*arguments):
    """Runs `sdxl ARGUMENTS...` in the scratch folder; what it prints."""
    run = subprocess.run([program, *map(str, arguments)], cwd=scratch, capture_output=True, text=True)
    if run.returncode != 0:
        raise RuntimeError(run.stderr)
    return run.stdout


def read(name):
    """The tensors of a safetensors file by name."""
    data = (scratch / name).read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    header.pop("__metadata__", None)
    body = data[8 + size :]
    return {
        name: np.frombuffer(body[slice(*entry["data_offsets"])], "<f4").reshape(entry["shape"])
        for name, entry in header.items()
    }


def metadata(name):
    """The texts that a safetensors file carries."""
    data = (scratch / name).read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    return json.loads(data[8 : 8 + size]).get("__metadata__", {})


def write(name, tensors):
    """Writes tensors as float32 to a safetensors file."""
    header, body = {}, b""
    for key, values in tensors.items():
        values = np.asarray(values, "<f4")
        offsets = [len(body), len(body) + values.nbytes]
        header[key] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": offsets}
        body += values.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (scratch / name).write_bytes(struct.pack("<Q", len(text)) + text + body)


def show(name):
    """An image that the program wrote."""
    return Image(filename=str(scratch / name))


def channels(panels, count=8):
    """The first channels of each (C, H, W), one row for each panel, from blue (low) to red (high)."""
    rows = len(panels)
    figure, axes = plt.subplots(rows, count, figsize=(1.4 * count, 1.5 * rows), squeeze=False)
    for row, (name, x) in zip(axes, panels.items()):
        for c, axis in enumerate(row):
            axis.set_xticks([])
            axis.set_yticks([])
            if c < len(x):
                limit = np.abs(x[:count]).max()
                axis.imshow(x[c], cmap="coolwarm", vmin=-limit, vmax=limit)
            else:
                axis.axis("off")
        row[0].set_ylabel(name, rotation=0, ha="right", va="center")
    figure.tight_layout()


def rms(x):
    """The root of the mean square."""
    return float(np.sqrt(np.mean(np.square(x))))
