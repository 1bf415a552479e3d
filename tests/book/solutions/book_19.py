import numpy as np


def to_bfloat16(x):
    bits = np.asarray(x, np.float32).view(np.uint32).astype(np.uint64)
    bits = bits + 0x7FFF + ((bits >> 16) & 1)
    return ((bits >> 16) << 16).astype(np.uint32).view(np.float32)


def overflows(values):
    factor = 2.0**-30
    with np.errstate(over="ignore"):
        while np.isfinite((np.asarray(values, np.float64) * factor).astype(np.float16)).all():
            factor *= 2
    return factor


def good_sum(values):
    return float(np.sum(values, dtype=np.float64))
