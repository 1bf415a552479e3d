"""The figures of chapter 15."""

import glassbox
import matplotlib.pyplot as plt
import numpy as np

PROMPT = "a large yellow star on a blue background"


def steps(glass, ink):
    scheduler = glass.scheduler("euler", steps=40)
    base = np.array(scheduler.timesteps) >= 200
    signal, noise = np.array(scheduler.levels).T
    place = np.arange(40)
    figure, axis = plt.subplots(figsize=(7, 3))
    axis.semilogy(place[base], (noise / signal)[base], "o", color=ink.picture, label=f"base: {base.sum()} steps")
    axis.semilogy(place[~base], (noise / signal)[~base], "s", color=ink.time, label=f"refiner: {(~base).sum()} steps")
    axis.set_xlabel("step")
    axis.set_ylabel("noise / signal")
    axis.legend()
    return figure


def ways(glass, ink):
    refiner = glassbox.open(glassbox.tiny_model() / "refiner", name="refiner")
    settings = {"seed": 1, "num_inference_steps": 25, "guidance_scale": 4}
    alone = glass(PROMPT, **settings)
    half = glass(PROMPT, denoising_end=0.8, output_type="latent", **settings).latents
    images = {
        "base alone": alone.images[0],
        "ensemble, 0.8": refiner.image_to_image(PROMPT, image=half, denoising_start=0.8, **settings).images[0],
        "image to image, 0.2": refiner.image_to_image(PROMPT, image=alone.latents, strength=0.2, **settings).images[0],
    }
    figure, axes = plt.subplots(2, 3, figsize=(7, 4.8))
    for column, (name, image) in zip(axes.T, images.items()):
        column[0].imshow(np.asarray(image))
        column[0].set_title(name, fontsize=9)
        column[1].imshow(np.asarray(image)[16:48, 48:80])
        for axis in column:
            axis.axis("off")
    figure.tight_layout(pad=0.4)
    return figure
