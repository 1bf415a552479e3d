import numpy as np


def offset(shape, index):
    place = 0
    for size, i in zip(shape, index):
        place = place * size + i
    return place


def rms_norm(x, weight, eps):
    return x / np.sqrt(np.mean(np.square(x), axis=-1, keepdims=True) + eps) * weight


def missing(model, file):
    both = set(model) & set(file)
    return sorted(set(model) - both), sorted(set(file) - both), sorted(name for name in both if model[name] != file[name])
