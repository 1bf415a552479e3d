import numpy as np


def latents_of(height, width):
    return 3 * height * width, 4 * (height // 8) * (width // 8)


def unet_rows(steps, guidance_scale):
    return steps * (2 if guidance_scale > 1 else 1)


def nearest(glass):
    def draw(steps):
        prompt = "a large yellow star on a blue background"
        return np.asarray(glass(prompt, seed=1, num_inference_steps=steps, guidance_scale=4).images[0]).astype(float)

    last = draw(25)
    return {steps: float(np.abs(draw(steps) - last).mean()) for steps in (2, 5, 10)}
