"""Chapter 2, The arithmetic. Write the functions, then run: ./test book.02

The arrays are NumPy's. Use its sums and exponentials, or plain loops; no convolution of a library.
"""


def pixel(image, weight, bias, o, y, x):
    """Output channel o at row y and column x of a 3 x 3 convolution with a border of one zero.

    image (C, H, W), weight (O, C, 3, 3), bias (O) -> a number
    """
    raise NotImplementedError


def softmax(scores):
    """scores (S) -> weights (S)"""
    raise NotImplementedError


def group_norm(x, groups, weight, bias, eps):
    """x (C, H, W), weight (C), bias (C) -> (C, H, W)"""
    raise NotImplementedError
