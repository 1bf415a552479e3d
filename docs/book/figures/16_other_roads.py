"""The figures of chapter 16."""

import matplotlib.pyplot as plt
import numpy as np

STAR, HEART = "a large yellow star on a blue background", "a large red heart on a white background"
SETTINGS = {"seed": 1, "num_inference_steps": 25, "guidance_scale": 4}


def strengths(glass, ink):
    star = glass(STAR, **SETTINGS).images[0]
    figure, axes = plt.subplots(1, 6, figsize=(8.4, 1.75))
    axes[0].imshow(np.asarray(star))
    axes[0].set_title("start", fontsize=9)
    for axis, strength in zip(axes[1:], (0.2, 0.4, 0.6, 0.8, 1.0)):
        axis.imshow(np.asarray(glass.image_to_image(HEART, image=star, strength=strength, **SETTINGS).images[0]))
        axis.set_title(f"strength {strength}", fontsize=9)
    for axis in axes:
        axis.axis("off")
    figure.tight_layout(pad=0.4)
    return figure


def inpaint(glass, ink):
    star = glass(STAR, **SETTINGS).images[0]
    mask = np.zeros((128, 128), np.float32)
    mask[:, 64:] = 1
    kept = []

    def keep(pipeline, i, timestep, values):
        kept.append(values["latents"])

    result = glass.inpaint(HEART, image=star, mask_image=mask, callback_on_step_end=keep, **SETTINGS).images[0]

    def shown(latents):
        return np.clip(glass.vae.to_image(latents.astype(np.float32))[0].transpose(1, 2, 0) * 0.5 + 0.5, 0, 1)

    steps = (0, 8, 16, 21)
    panels = [("picture", np.asarray(star)), ("mask", mask), *((f"step {i}", shown(kept[i])) for i in steps), ("result", np.asarray(result))]
    figure, axes = plt.subplots(1, 7, figsize=(8.4, 1.6))
    for axis, (title, image) in zip(axes, panels):
        axis.imshow(image, cmap="gray")
        axis.set_title(title, fontsize=9)
        axis.axis("off")
    figure.tight_layout(pad=0.4)
    return figure
