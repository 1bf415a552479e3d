"""How NumPy prints arrays with four digits: tests/goldens/print.json."""

import json
from pathlib import Path

import numpy as np

np.set_printoptions(precision=4)
NAN, INF = np.nan, np.inf
ARRAYS = [
    3.5, -0.0, NAN, [1, 2.5], [0.1, 100], [0.1, 1000], [1e-5, 1], [NAN, 1, -INF], [INF, 2], [1e8, 1], [0, 0],
    [-0.0, 0], [1.5e-5, 2e-5, 0], [123456, 7], [-1.25, 3], [NAN, NAN], [1e-5, NAN, -1], [0.00012345, 0.0001],
    [99999999, 1e6], [0.99996, 0.99994], [1.5e-38, 3e38], np.arange(40) / 7, np.arange(-30, 30) * 1000.5,
]  # fmt: skip
SHAPES = [
    (40,), (2, 3, 4), (2, 2, 2, 3), (3, 20), (1000,), (1001,), (6, 200), (7, 200), (2, 3, 8, 40), (1, 1100),
    (300, 2, 2), (1, 1, 1, 1), (500, 1, 3),
]  # fmt: skip


def pattern(shape):
    """Values from a formula: those of the large arrays are not stored."""
    i = np.arange(np.prod(shape), dtype=np.int64)
    return ((i * 7919 % 1009 - 504).astype(np.float32) / np.float32(7)).reshape(shape)


def main():
    examples = []
    for array in ARRAYS:
        x = np.asarray(array, np.float32)
        examples.append({"shape": x.shape, "values": [f"{v:.9g}" for v in x.ravel()], "text": str(x)})
    examples += [{"shape": shape, "text": str(pattern(shape))} for shape in SHAPES]
    # A number alone is printed in full by NumPy; here it has four digits as all others.
    for example in examples[:3]:
        example["text"] = example["text"].replace("-0.0", "-0.")
    path = Path(__file__).parents[1] / "goldens" / "print.json"
    head = {"script": "tests/make_goldens/print.py", "versions": f"numpy {np.__version__}"}
    lines = ",\n  ".join(json.dumps(example) for example in examples)
    path.write_text(f'{json.dumps(head)[:-1]},\n "examples": [\n  {lines}\n]}}\n')
    print(path.name, len(examples), "examples")


if __name__ == "__main__":
    main()
