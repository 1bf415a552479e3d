import numpy as np


def tiled(read_a, read_b, n, tile):
    out = np.zeros((n, n))
    parts = [slice(i, i + tile) for i in range(0, n, tile)]
    for rows in parts:
        for columns in parts:
            for depth in parts:
                out[rows, columns] += read_a(rows, depth) @ read_b(depth, columns)
    return out


def winograd(d, g):
    m0 = (d[0] - d[2]) * g[0]
    m1 = (d[1] + d[2]) * (0.5 * (g[0] + g[1] + g[2]))
    m2 = (d[2] - d[1]) * (0.5 * (g[0] - g[1] + g[2]))
    m3 = (d[1] - d[3]) * g[2]
    return m0 + m1 + m2, m1 - m2 - m3


def online(blocks):
    largest, total, out = -np.inf, 0.0, 0.0
    for scores, values in blocks:
        new = max(largest, scores.max())
        weights = np.exp(scores - new)
        rescale = np.exp(largest - new)
        total = total * rescale + weights.sum()
        out = out * rescale + weights @ values
        largest = new
    return out / total
