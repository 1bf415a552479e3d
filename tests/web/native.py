"""What the native program says about the same run."""

import json
import struct
import subprocess
import tempfile
from pathlib import Path

from site_of_page import program

standard = {"--prompt": "a large yellow star on a blue background", "--scheduler": "euler", "--steps": "25",
            "--guidance-scale": "4", "--seed": "1", "--threads": "1"}


def generate(*options):
    """Runs the program with the page's options, but for those that are given."""
    rest = [word for name, value in standard.items() if name not in options for word in (name, value)]
    subprocess.run([program, "generate", "--quiet", *rest, *map(str, options)], check=True, capture_output=True)


def picture(*options):
    """-> the pixels of an image, 3 bytes each."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "picture.png"
        generate(*options, "--output", file)
        return png_pixels(file.read_bytes())


def traced(step, paths, *options):
    """-> {name: (shape, values)} of a step, outputs and inputs."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "trace.safetensors"
        generate(*options, "--output", Path(folder) / "picture.png", "--trace", file,
                 "--trace-step", step, "--trace-inputs", "--trace-paths", *paths)
        return read_safetensors(file.read_bytes())


def read_safetensors(data):
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + size])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        count = (end - begin) // 4
        tensors[name] = (entry["shape"], struct.unpack(f"<{count}f", data[8 + size + begin:8 + size + end]))
    return tensors


def png_pixels(data):
    """An 8-bit RGB PNG without interlacing, as `generate` writes it."""
    import zlib
    width, height = struct.unpack(">II", data[16:24])
    packed, at = b"", 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at:at + 4])
        if data[at + 4:at + 8] == b"IDAT":
            packed += data[at + 8:at + 8 + length]
        at += 12 + length
    raw = zlib.decompress(packed)
    stride, rows, above = 3 * width, [], bytes(3 * width)
    for y in range(height):
        kind, line = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for x in range(stride):
            left = line[x - 3] if x >= 3 else 0
            corner = above[x - 3] if x >= 3 else 0
            line[x] = (line[x] + predicted(kind, left, above[x], corner)) & 255
        rows.append(bytes(line))
        above = rows[-1]
    return b"".join(rows)


def predicted(kind, left, up, corner):
    if kind == 4:
        estimate = left + up - corner
        distances = abs(estimate - left), abs(estimate - up), abs(estimate - corner)
        return (left, up, corner)[distances.index(min(distances))]
    return (0, left, up, (left + up) // 2)[kind]
