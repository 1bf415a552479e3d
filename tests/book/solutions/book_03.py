import numpy as np


def sigmas(first=0.00085, last=0.012, count=1000):
    beta = np.linspace(first**0.5, last**0.5, count) ** 2
    alpha_bar = np.cumprod(1 - beta)
    return np.sqrt((1 - alpha_bar) / alpha_bar)


def balance():
    return int(np.argmin(np.abs(sigmas() - 1)))


def add_noise(x0, eps, alpha_bar):
    return np.sqrt(alpha_bar) * x0 + np.sqrt(1 - alpha_bar) * eps


def remove_noise(x_t, eps, alpha_bar):
    return (x_t - np.sqrt(1 - alpha_bar) * eps) / np.sqrt(alpha_bar)
