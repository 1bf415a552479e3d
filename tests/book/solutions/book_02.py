import numpy as np


def pixel(image, weight, bias, o, y, x):
    padded = np.pad(image.astype(float), ((0, 0), (1, 1), (1, 1)))
    return bias[o] + (weight[o] * padded[:, y : y + 3, x : x + 3]).sum()


def softmax(scores):
    e = np.exp(scores - np.max(scores))
    return e / e.sum()


def group_norm(x, groups, weight, bias, eps):
    g = x.reshape(groups, -1).astype(float)
    unit = (g - g.mean(1, keepdims=True)) / np.sqrt(g.var(1, keepdims=True) + eps)
    return unit.reshape(x.shape) * weight[:, None, None] + bias[:, None, None]
