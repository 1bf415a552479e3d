"""The figures of chapter 6."""

import glassbox
import matplotlib.pyplot as plt
import numpy as np

PROMPT = "a large yellow star on a blue background"


def scales(glass, ink):
    figure, axes = plt.subplots(1, 7, figsize=(8.4, 1.6))
    for axis, scale in zip(axes, (0, 1, 2, 3, 4, 8, 12)):
        if scale == 0:  # what is predicted without text, in place of both
            def uncond(path, output):
                return np.concatenate([output[:1], output[:1]])

            with glassbox.hook("unet", uncond):
                image = glass(PROMPT, seed=1, num_inference_steps=25, guidance_scale=4).images[0]
        else:
            image = glass(PROMPT, seed=1, num_inference_steps=25, guidance_scale=scale).images[0]
        axis.imshow(np.asarray(image))
        axis.set_title(f"s = {scale}", fontsize=9)
        axis.axis("off")
    figure.tight_layout(pad=0.4)
    return figure


def difference(glass, ink):
    with glassbox.record("unet") as seen:
        glass(PROMPT, seed=1, num_inference_steps=25, guidance_scale=4, output_type="latent")
    sizes = [np.linalg.norm(cond - uncond) / np.linalg.norm(uncond) for uncond, cond in seen["unet"]]
    figure, axis = plt.subplots(figsize=(6.5, 2.5))
    axis.plot(sizes, "o-", ms=4, color=ink.words)
    axis.set_xlabel("step")
    axis.set_ylabel("relative difference")
    axis.set_ylim(0)
    return figure
