"""Random numbers of torch's CUDA generator on several GPUs, computed from the published algorithm: no GPU is used.

Philox 4x32-10 (Salmon et al. 2011), cuRAND's Box-Muller transform, and the grid of torch's
distribution_elementwise_grid_stride_kernel (ATen/native/cuda/DistributionTemplates.h).
Writes tests/goldens/random_cuda.json: a few elements of two draws after each seed.
"""

import json
from pathlib import Path

import numpy as np

GPUS = {  # multiprocessors, resident threads of each
    "gtx-1650": (14, 1024),
    "t4": (40, 1024),
    "rtx-3060": (28, 1536),
    "rtx-4090": (128, 1536),
    "a100": (108, 2048),
    "h100": (132, 2048),
    "30x1100": (30, 1100),  # 1100 threads hold four blocks of 256
}
MASK = np.uint64(0xFFFFFFFF)
SHIFT = np.uint64(32)


def philox(counter, key):
    """Ten rounds; counter: four arrays, key: two numbers."""
    c0, c1, c2, c3 = (np.asarray(word, np.uint64) for word in counter)
    k0, k1 = (int(word) for word in key)
    for _ in range(10):
        p0, p1 = c0 * np.uint64(0xD2511F53), c2 * np.uint64(0xCD9E8D57)
        c0, c1, c2, c3 = (p1 >> SHIFT) ^ c1 ^ np.uint64(k0), p1 & MASK, (p0 >> SHIFT) ^ c3 ^ np.uint64(k1), p0 & MASK
        k0, k1 = (k0 + 0x9E3779B9) % 2**32, (k1 + 0xBB67AE85) % 2**32
    return c0, c1, c2, c3


def four_normals(seed, threads, block):
    """Four normal values of each thread from its words number `block`."""
    zeros = np.zeros_like(threads)
    words = philox((zeros + np.uint64(block), zeros, threads & MASK, threads >> SHIFT), (seed % 2**32, seed >> 32))
    values = []
    for a, b in (words[:2], words[2:]):
        u = a.astype(np.float64) * 2.0**-32 + 2.0**-33
        v = b.astype(np.float64) * (2 * np.pi * 2.0**-32) + np.pi * 2.0**-32
        radius = np.sqrt(-2 * np.log(u))
        values += [radius * np.sin(v), radius * np.cos(v)]
    return values


def draws(count, multiprocessors, threads_each, seed, number):
    """`number` draws of `count` values."""
    grid = min(multiprocessors * (threads_each // 256), -(-count // 256)) * 256
    threads = np.arange(grid, dtype=np.uint64)
    rounds = (count - 1) // (4 * grid) + 1
    for draw in range(number):
        blocks = range(draw * rounds, (draw + 1) * rounds)
        yield np.concatenate([part for block in blocks for part in four_normals(seed, threads, block)])[:count]


def main():
    cases = []
    for gpu, (multiprocessors, threads_each) in GPUS.items():
        for count, seed in ((65536, 12345), (65536, 2**40 + 7), (300001, 3)):
            grid = multiprocessors * (threads_each // 256) * 256
            places = {0, 1, 255, 16383, 16384, 65535, count // 2, count - 1}
            places |= {i for k in range(1, 6) for i in (k * grid - 1, k * grid) if i < count}
            places = sorted(places)
            both = draws(count, multiprocessors, threads_each, seed, 2)
            values = [[round(float(v), 7) for v in x[places]] for x in both]
            cases.append({"gpu": gpu, "threads": grid, "count": count, "seed": seed, "places": places, "draws": values})
    path = Path(__file__).parents[1] / "goldens" / "random_cuda.json"
    path.write_text(json.dumps({"script": "tests/make_goldens/random_cuda.py", "cases": cases}) + "\n")
    print(path.name, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
