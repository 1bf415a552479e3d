"""Chapter 7, Latents. Write the functions, then run: ./test book.07"""


def factor(latents):
    """latents (N, 4, h, w), not scaled -> the factor that brings their standard deviation to 1"""
    raise NotImplementedError


def sample(moments, eps):
    """moments (N, 8, h, w): four means, then four logarithms of variances, which are clamped to [-30, 20] first; eps (N, 4, h,
    w) -> latents (N, 4, h, w)"""
    raise NotImplementedError


def psnr(a, b):
    """a, b: pictures as arrays of 0 to 255 -> 10 log10(255^2 / mean squared difference)"""
    raise NotImplementedError
