"""The numbers of a tensor as text, as an image and as a file, and how much two tensors differ.

Independent of the debugger and of the program's memory: network.py reads tensors from there.
"""

import array
import functools
import json
import math
import os
import struct
import zlib


def sizes_text(sizes):
    return "(" + ", ".join(map(str, sizes)) + ("," if len(sizes) == 1 else "") + ")"


def from_bf16(data):
    """A bfloat16 is the upper half of a float32."""
    wide = bytearray(2 * len(data))
    wide[2::4], wide[3::4] = data[0::2], data[1::2]
    return bytes(wide)


def from_struct(letter):
    """Numbers that Python's struct reads: rounded to float32."""

    def widen(data):
        count = len(data) // struct.calcsize(letter)
        return array.array("f", struct.unpack("<%d%s" % (count, letter), data)).tobytes()

    return widen


def from_f8_e4m3(data):
    """Sign, four bits of exponent, three of fraction; no infinity, and all ones is NaN."""

    def number(byte):
        exponent, fraction = byte >> 3 & 15, byte & 7
        size = (8 + fraction) * 2.0 ** (exponent - 10) if exponent else fraction * 2.0**-9
        size = math.nan if byte & 127 == 127 else size
        return -size if byte > 127 else size

    table = [number(byte) for byte in range(256)]
    return array.array("f", [table[byte] for byte in data]).tobytes()


# How a weight is stored: the bytes of an element, and what turns them into float32.
DTYPES = {
    "f32": (4, bytes),
    "f16": (2, from_struct("e")),
    "bf16": (2, from_bf16),
    "f64": (8, from_struct("d")),
    "f8_e4m3": (1, from_f8_e4m3),
    "f8_e5m2": (1, lambda data: from_struct("e")(b"".join(b"\0%c" % byte for byte in data))),
}


class Values:
    """Float32 numbers and the sizes of their axes, the last one running fastest."""

    def __init__(self, sizes, data, dtype="f32"):
        self.sizes, self.dtype = list(sizes), dtype
        self.data = DTYPES[dtype][1](data)

    @functools.cached_property
    def numbers(self):
        return array.array("f", self.data)

    def non_finite(self):
        """How many elements are NaN or infinity, and the place of the first."""
        high = self.data[3::4]  # sign and seven bits of the exponent, all ones in NaN and infinity
        if b"\x7f" not in high and b"\xff" not in high:
            return 0, None
        places = [i for i, x in enumerate(self.numbers) if not math.isfinite(x)]
        return len(places), self.index(places[0]) if places else None

    def index(self, place):
        """Of an element: [1, 0, 2, 3]."""
        result = []
        for size in reversed(self.sizes):
            place, rest = divmod(place, size)
            result.insert(0, rest)
        return result

    def relative_error(self, reference):
        """||ours - theirs|| / ||theirs||, as nn::difference has it; NaN or infinity gives NaN or infinity."""
        if self.data == reference.data:
            return 0.0
        difference, size = math.dist(self.numbers, reference.numbers), math.hypot(*reference.numbers)
        return difference / size if size > 0 else math.hypot(*self.numbers)

    def worst(self, reference):
        """The place of the largest difference."""
        pairs = zip(self.numbers, reference.numbers)
        return max(enumerate(abs(x - y) if math.isfinite(x - y) else math.inf for x, y in pairs), key=lambda e: e[1])[0]

    def summary(self):
        """As tensor::summary has it: (1, 77, 64) min -3.1 max 2.9 mean 0.01, and 3 NaN where there are any."""
        numbers, nan = self.numbers, 0
        if not math.isfinite(sum(numbers)):
            numbers = [x for x in numbers if x == x]
            nan = len(self.numbers) - len(numbers)
        text = sizes_text(self.sizes) + (" " + self.dtype if self.dtype != "f32" else "")
        if numbers:
            text += " min %.4g max %.4g mean %.4g" % (min(numbers), max(numbers), sum(numbers) / len(numbers))
        return text + (" and %d NaN" % nan if nan else "")

    def slice(self, indices):
        """Of each axis a number, such as 3 or -1, or a range, such as 2:5 or ":"; axes not named are whole."""
        indices = [index for word in indices for index in word.replace(",", " ").split()]
        if len(indices) > len(self.sizes):
            raise ValueError("%d indices for %s" % (len(indices), sizes_text(self.sizes)))
        kept, places = [], [0]
        for axis, size in enumerate(self.sizes):
            chosen = places_of(indices[axis] if axis < len(indices) else ":", axis, size)
            if isinstance(chosen, range):
                kept.append(len(chosen))
            else:
                chosen = [chosen]
            places = [place * size + i for place in places for i in chosen]
        return Values(kept, array.array("f", [self.numbers[i] for i in places]).tobytes())

    def text(self, at_most=8):
        """Nested brackets, long axes cut in the middle: as NumPy prints."""

        def nested(axis, first):
            if axis == len(self.sizes):
                return "%.4g" % self.numbers[first]
            size, step = self.sizes[axis], math.prod(self.sizes[axis + 1 :])
            shown = range(size) if size <= at_most else [*range(at_most // 2), None, *range(size - at_most // 2, size)]
            items = ["..." if i is None else nested(axis + 1, first + i * step) for i in shown]
            last = axis + 1 == len(self.sizes)
            return "[" + (", " if last else ",\n" + " " * (axis + 1)).join(items) + "]"

        return nested(0, 0)

    def save(self, *words):
        """A safetensors file with the one tensor "tensor"."""
        path = one_file(words)
        end = len(self.numbers) * 4
        head = json.dumps({"tensor": {"dtype": "F32", "shape": self.sizes, "data_offsets": [0, end]}}).encode()
        head += b" " * (-len(head) % 8)
        return write_whole(path, struct.pack("<Q", len(head)) + head + self.numbers.tobytes())

    def image(self, *words):
        """A PNG: (1, 3, H, W) in colour, from -1 to 1; of all else the first (C, H, W) as grey tiles side by side, from
        the smallest number (black) to the largest. NaN and infinity are red."""
        path = one_file(words)
        sizes = [1] * (4 - len(self.sizes)) + self.sizes
        if 0 in sizes:
            raise ValueError("no numbers in " + sizes_text(self.sizes))
        channels, height, width = sizes[1:]
        area, numbers = height * width, self.numbers[: channels * height * width]
        if sizes[:2] == [1, 3]:
            return write_png(path, width, height, lambda y, x: [byte(numbers[c * area + y * width + x], -1, 1) for c in range(3)])
        finite = [x for x in numbers if math.isfinite(x)] or [0.0]
        low, high = min(finite), max(finite)
        columns = math.ceil(math.sqrt(channels * height / width))
        rows = math.ceil(channels / columns)

        def pixel(y, x):
            row, y = divmod(y, height + 1)
            column, x = divmod(x, width + 1)
            tile = row * columns + column
            if y == height or x == width or tile >= channels:
                return [255] * 3
            number = numbers[tile * area + y * width + x]
            return [byte(number, low, high)] * 3 if math.isfinite(number) else [255, 0, 0]

        return write_png(path, columns * (width + 1) - 1, rows * (height + 1) - 1, pixel)


def one_file(words):
    if len(words) != 1:
        raise ValueError("expected a tensor and a file, got %d words behind the tensor" % len(words))
    return words[0]


def places_of(index, axis, size):
    first, colon, last = index.partition(":")
    try:
        if colon:
            return range(*slice(int(first) if first else None, int(last) if last else None).indices(size))
        place = int(index)
    except ValueError:
        raise ValueError("expected a number or a range such as 2:5, got %s" % index) from None
    if not -size <= place < size:
        raise ValueError("axis %d has %d places, and no place %d" % (axis, size, place))
    return place % size


def byte(number, low, high):
    if not math.isfinite(number):
        return 0
    return round(255 * min(1.0, max(0.0, (number - low) / (high - low) if high > low else 0.5)))


def write_png(path, width, height, pixel):
    lines = b"".join(b"\0" + bytes(c for x in range(width) for c in pixel(y, x)) for y in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
    return write_whole(path, png)


def write_whole(path, data):
    """Whole or not at all: beside the path first. Returns what to say."""
    path = os.path.expanduser(path)
    try:
        with open(path + ".part", "wb") as file:
            file.write(data)
        os.replace(path + ".part", path)
    except OSError as error:
        raise ValueError("%s cannot be written: %s" % (path, error.strerror)) from None
    return "wrote " + os.path.abspath(path)
