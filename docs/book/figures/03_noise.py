"""The figures of chapter 3."""

import matplotlib.pyplot as plt
import numpy as np
from glassbox import _glassbox as core

PROMPT = "a large yellow star on a blue background"


def schedule():
    beta = np.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2
    alpha_bar = np.cumprod(1 - beta)
    return np.sqrt(alpha_bar), np.sqrt(1 - alpha_bar)


def levels(glass, ink):
    latents = glass(PROMPT, seed=1, num_inference_steps=25, guidance_scale=4, output_type="latent").images
    eps = np.random.default_rng(0).standard_normal(latents.shape).astype(np.float32)
    signal, noise = schedule()
    figure, axes = plt.subplots(1, 7, figsize=(8.4, 1.6))
    for axis, t in zip(axes, (0, 100, 200, 354, 561, 800, 999)):
        x = (signal[t] * latents + noise[t] * eps).astype(np.float32)
        image = core.decode_latents(glass.vae, x, False)[0].transpose(1, 2, 0)
        axis.imshow(np.clip(image * 0.5 + 0.5, 0, 1))
        axis.set_title(f"t = {t}", fontsize=9)
        axis.axis("off")
    figure.tight_layout(pad=0.4)
    return figure


def curves(glass, ink):
    signal, noise = schedule()
    figure, axes = plt.subplots(1, 2, figsize=(8, 2.9))
    axes[0].plot(signal, color=ink.picture, label="signal")
    axes[0].plot(noise, color=ink.time, label="noise")
    axes[0].legend()
    axes[1].semilogy(noise / signal, color=ink.words)
    axes[1].axhline(1, color=ink.faint, lw=0.8)
    axes[1].set_title("σ", fontsize=10)
    for axis in axes:
        axis.set_xlabel("timestep")
    figure.tight_layout()
    return figure
