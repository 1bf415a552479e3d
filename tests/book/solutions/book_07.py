import numpy as np


def factor(latents):
    return 1 / float(np.std(latents))


def sample(moments, eps):
    mean, log_variance = np.split(moments, 2, axis=1)
    return mean + np.exp(np.clip(log_variance, -30, 20) / 2) * eps


def psnr(a, b):
    return float(10 * np.log10(255**2 / np.mean((np.asarray(a, float) - np.asarray(b, float)) ** 2)))
