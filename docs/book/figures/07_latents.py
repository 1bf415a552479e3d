"""The figures of chapter 7."""

import matplotlib.pyplot as plt
import numpy as np

PROMPT = "a large yellow star on a blue background"


def of_glass(glass):
    image = glass(PROMPT, seed=1, num_inference_steps=25, guidance_scale=4).images[0]
    x = (np.asarray(image).astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)[None]
    return image, glass.vae.to_latents(x)


def shown(glass, latents):
    return np.clip(glass.vae.to_image(latents.astype(np.float32))[0].transpose(1, 2, 0) * 0.5 + 0.5, 0, 1)


def channels(glass, ink):
    image, latents = of_glass(glass)
    figure, axes = plt.subplots(1, 6, figsize=(8.4, 1.7))
    for axis, (title, x) in zip(axes, (("picture", np.asarray(image)), *((f"channel {c}", latents[0, c]) for c in range(4)),
                                       ("decoded", shown(glass, latents)))):
        axis.imshow(x, cmap="gray")
        axis.set_title(title, fontsize=9)
        axis.axis("off")
    figure.tight_layout(pad=0.4)
    return figure


def moved(glass, ink):
    _, latents = of_glass(glass)
    eps = np.random.default_rng(0).standard_normal(latents.shape)
    without = latents.copy()
    without[:, 0] = 0
    cases = (("as it is", latents), *((f"noise of {s}", latents + s * eps) for s in (0.1, 0.3, 1.0)), ("without channel 0", without))
    figure, axes = plt.subplots(1, 5, figsize=(8.4, 2))
    for axis, (title, x) in zip(axes, cases):
        axis.imshow(shown(glass, x))
        axis.set_title(title, fontsize=9)
        axis.axis("off")
    figure.tight_layout(pad=0.4)
    return figure
