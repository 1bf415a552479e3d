"""Chapter 0, A picture in a second. Write the functions, then run: ./test book.00"""


def latents_of(height, width):
    """-> (how many numbers the picture has, how many its latents)"""
    raise NotImplementedError


def unet_rows(steps, guidance_scale):
    """-> how many rows pass through the UNet in a run for one picture"""
    raise NotImplementedError


def nearest(glass):
    """-> {2: ..., 5: ..., 10: ...}: the mean absolute difference of pixels from the picture with 25 steps.

    Prompt "a large yellow star on a blue background", seed 1, guidance scale 4. `glass` is the tiny model:
    glass(prompt, seed=..., num_inference_steps=..., guidance_scale=...).images[0] is a picture of Pillow.
    """
    raise NotImplementedError
