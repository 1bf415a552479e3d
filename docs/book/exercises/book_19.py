"""Chapter 19, Half precision. Write the functions, then run: ./test book.19"""


def to_bfloat16(x):
    """x: float32 array of finite numbers -> float32 array of the nearest bfloat16 numbers, ties to the even one

    bfloat16 is the upper half of float32's bits: x.view(np.uint32) gives them.
    """
    raise NotImplementedError


def overflows(values):
    """values: an array -> the smallest power of 2 that makes at least one of its numbers infinite in float16, when multiplied"""
    raise NotImplementedError


def good_sum(values):
    """values: float16 array -> their sum as a Python float, right to 1e-6 of it"""
    raise NotImplementedError
