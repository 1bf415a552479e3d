import numpy as np


def hexagon(x, y):
    angles = np.pi / 6 + np.pi / 3 * np.arange(3)
    return np.max([np.abs(x * np.cos(a) + y * np.sin(a)) for a in angles], axis=0) - 0.95 * np.cos(np.pi / 6)


def contrast(text, image, scale):
    scores = scale * text @ image.T

    def entropy(rows):
        shifted = rows - rows.max(1, keepdims=True)
        return np.mean(np.log(np.exp(shifted).sum(1)) - np.diag(shifted))

    return float((entropy(scores) + entropy(scores.T)) / 2)


def mean_of_weights(states, decay=0.999):
    mean = states[0]
    for k, weights in enumerate(states[1:], 1):
        kept = min(decay, k / (k + 10))
        mean = kept * mean + (1 - kept) * weights
    return mean
