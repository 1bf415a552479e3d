"""torch's CPU random numbers: long chains of mixed draws from one generator each.

Writes tests/goldens/random.json: for each seed the draws in order, and of each draw a check sum over all bits,
sum((i + 1) * bits[i]) mod 2^64, with the first and last number's bits. torch has to run on a processor with AVX2,
as its other paths round differently.
"""

import json
import random
from pathlib import Path

import numpy as np
import torch

SEEDS = [0, 1, 33, 42, 1234567890123, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**32 + 42, 2**63 - 1, 2**64 - 1]
SIZES = [*range(1, 41), 63, 64, 65, 100, 255, 256, 257, 1000, 1024, 4096, 4099, 16384]
RANGES = [(0.0, 1.0), (-1.0, 1.0), (-0.0589255651, 0.0589255651), (-3.0, 7.0), (0.1, 0.3), (2.0, 2.0)]


def draw(generator, kind, size, low, high):
    if kind == "randn":
        return torch.randn(size, generator=generator)
    if kind == "rand":
        return torch.rand(size, generator=generator)
    return torch.empty(size).uniform_(low, high, generator=generator)


def checks(x):
    bits = x.numpy().view(np.uint32).astype(np.uint64)
    weighted = bits * np.arange(1, len(bits) + 1, dtype=np.uint64)  # wraps at 2^64
    return {"sum": str(weighted.sum()), "first": int(bits[0]), "last": int(bits[-1])}


def chain(seed, calls):
    generator = torch.Generator("cpu").manual_seed(seed if seed < 2**63 else seed - 2**64)
    draws = []
    for kind, size, (low, high) in calls:
        x = draw(generator, kind, size, low, high)
        draws.append({"kind": kind, "size": size, "low": low, "high": high, **checks(x)})
    return {"seed": str(seed), "draws": draws}


def main():
    assert torch.backends.cpu.get_cpu_capability() != "DEFAULT", "needs a processor with AVX2"
    choose = random.Random(5)
    chains = [chain(0, [("randn", size, (0, 0)) for size in SIZES]), chain(7, [("randn", 65536, (0, 0))])]
    for seed in SEEDS:
        kinds = choose.choices(["randn", "rand", "uniform"], [3, 1, 1], k=24)
        calls = [(kind, choose.choice(SIZES), choose.choice(RANGES)) for kind in kinds]
        chains.append(chain(seed, calls))
    path = Path(__file__).parents[1] / "goldens" / "random.json"
    head = {"script": "tests/make_goldens/random_numbers.py", "versions": f"torch {torch.__version__}"}
    lines = ",\n  ".join(json.dumps(chain) for chain in chains)
    path.write_text(f'{json.dumps(head)[:-1]},\n "chains": [\n  {lines}\n]}}\n')
    print(path.name, sum(len(chain["draws"]) for chain in chains), "draws")


if __name__ == "__main__":
    main()
