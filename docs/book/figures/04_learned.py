"""The figures of chapter 4."""

import glassbox
import matplotlib.pyplot as plt
import numpy as np
from data.example import make_example
from glassbox import _glassbox as core

ALPHA_BAR = np.cumprod(1 - np.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2)
LEVELS = (1, 20, 50, 100, 200, 300, 400, 500, 600, 700, 800, 900, 999)
COUNT = 8


def encode(glass, captions):
    first = [glass.text_encoder(np.array([glass.tokenizer(c).ids])).hidden_states[-2] for c in captions]
    second = [glass.text_encoder_2(np.array([glass.tokenizer_2(c).ids])) for c in captions]
    context = np.concatenate([np.concatenate(first), np.concatenate([f.hidden_states[-2] for f in second])], -1)
    return context, np.concatenate([f.pooled for f in second])


class Examples:
    """Training examples as latents, with their texts and one noise."""

    def __init__(self, glass, examples):
        self.glass, self.examples = glass, examples
        pixels = np.stack([e.pixels for e in examples]).transpose(0, 3, 1, 2) / 127.5 - 1
        self.x0 = glass.vae.to_latents(pixels.astype(np.float32), glassbox.SeededNoise(0))
        self.sizes = np.array([[*e.original_size, *e.crop, 128, 128] for e in examples], np.float32)
        self.text = encode(glass, [e.caption for e in examples])
        self.no_text = encode(glass, [""] * len(examples))
        self.eps = np.random.default_rng(0).standard_normal(self.x0.shape)

    def noisy(self, t):
        return (np.sqrt(ALPHA_BAR[t]) * self.x0 + np.sqrt(1 - ALPHA_BAR[t]) * self.eps).astype(np.float32)

    def predict(self, t, text):
        return self.glass.unet(self.noisy(t), np.full(len(self.x0), t), text[0], text_embeds=text[1], time_ids=self.sizes)

    def losses(self, text):
        return np.array([np.mean((self.predict(t, text) - self.eps) ** 2) for t in LEVELS])


def some(glass):
    return Examples(glass, [make_example(77, i, (128, 128)) for i in range(COUNT)])


def loss(glass, ink):
    data = some(glass)
    figure, axis = plt.subplots(figsize=(6.8, 3.3))
    axis.semilogy(np.arange(1000), ALPHA_BAR, color=ink.faint, label="guess without a network")
    axis.semilogy(LEVELS, data.losses(data.no_text), "o-", ms=4, color=ink.time, label="without the caption")
    axis.semilogy(LEVELS, data.losses(data.text), "o-", ms=4, color=ink.words, label="with the caption")
    axis.set_xlabel("timestep")
    axis.set_ylabel("mean squared error of the noise")
    axis.legend()
    return figure


def errors(glass, ink):
    data = some(glass)
    found, bar = data.losses(data.text), ALPHA_BAR[list(LEVELS)]
    figure, axis = plt.subplots(figsize=(6.8, 3.3))
    axis.semilogy(LEVELS, found, "o-", ms=4, color=ink.words, label="noise")
    axis.semilogy(LEVELS, found * (1 - bar) / bar, "s-", ms=4, color=ink.picture, label="picture")
    axis.semilogy(LEVELS, found / bar, "^-", ms=4, color=ink.skips, label="velocity")
    axis.set_xlabel("timestep")
    axis.set_ylabel("mean squared error")
    axis.legend()
    return figure


def pictures(glass, ink):
    from data.draw import draw
    from data.example import Example
    from data.scene import Scene, Thing

    scene = Scene((Thing("heart", "orange", size="large"),), "green")
    pixels = draw(scene, 128, 128, np.random.default_rng(3))
    data = Examples(glass, [Example(pixels, "a large orange heart on a green background", (128, 128), (0, 0), 7.0)])
    levels = (100, 400, 700, 850, 999)
    figure, axes = plt.subplots(3, 5, figsize=(7.6, 4.7))
    for column, t in zip(axes.T, levels):
        noisy, signal, noise = data.noisy(t), np.sqrt(ALPHA_BAR[t]), np.sqrt(1 - ALPHA_BAR[t])
        rows = [noisy] + [(noisy - noise * data.predict(t, text)) / signal for text in (data.text, data.no_text)]
        for axis, x in zip(column, rows):
            image = core.decode_latents(glass.vae, x.astype(np.float32), False)[0].transpose(1, 2, 0)
            axis.imshow(np.clip(image * 0.5 + 0.5, 0, 1))
            axis.set_xticks([])
            axis.set_yticks([])
            axis.spines[:].set_visible(False)
        column[0].set_title(f"t = {t}", fontsize=9)
    for axis, name in zip(axes[:, 0], ("noisy", "with the\ncaption", "without it")):
        axis.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=9)
    figure.tight_layout(pad=0.4)
    return figure
