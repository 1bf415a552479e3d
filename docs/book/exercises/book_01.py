"""Chapter 1, Tensors and layers. Write the functions, then run: ./test book.01"""


def offset(shape, index):
    """shape and index: tuples of the same length -> the place of the element in memory, counted from 0"""
    raise NotImplementedError


def rms_norm(x, weight, eps):
    """x (..., C), weight (C) -> x / sqrt(mean of x^2 over the last axis + eps) * weight"""
    raise NotImplementedError


def missing(model, file):
    """model, file: {name: shape} -> (names missing in the file, names unused, names of another shape), each a sorted list"""
    raise NotImplementedError
