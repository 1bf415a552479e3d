import numpy as np


def loss(network, x0, eps, t, alpha_bar):
    bar = np.asarray(alpha_bar)[t].reshape(-1, 1, 1, 1)
    x_t = np.sqrt(bar) * x0 + np.sqrt(1 - bar) * eps
    return float(np.mean((network(x_t, t) - eps) ** 2))


def velocity(x_t, eps, alpha_bar):
    signal, noise = np.sqrt(alpha_bar), np.sqrt(1 - alpha_bar)
    x0 = (x_t - noise * eps) / signal
    return signal * eps - noise * x0


def noise_of(x_t, v, alpha_bar):
    return np.sqrt(alpha_bar) * v + np.sqrt(1 - alpha_bar) * x_t


def train(draw, alpha_bar):
    rng = np.random.default_rng(0)
    signal, noise = np.sqrt(alpha_bar)[:, None], np.sqrt(1 - np.asarray(alpha_bar))[:, None]
    w = np.zeros(len(alpha_bar))
    for step in range(1000):
        x0 = np.stack([draw(256) for _ in w])
        eps = rng.standard_normal(x0.shape)
        x_t = signal * x0 + noise * eps
        slope = np.mean(2 * (w[:, None] * x_t - eps) * x_t, axis=1)
        w -= 0.1 * (1 - step / 1000) * slope
    return w
