"""Chapter 16, Other roads. Write the functions, then run: ./test book.16"""


def steps_taken(n, strength):
    """-> the list of the steps that image to image takes, of the n steps 0 ... n - 1"""
    raise NotImplementedError


def blend(x, original, eps, mask, next_sigma):
    """x, original and eps (1, 4, h, w), mask (1, 1, h, w) of 0 and 1 -> x behind a step of inpainting"""
    raise NotImplementedError


def kept(glass):
    """-> {0.2: ..., 0.5: ..., 0.8: ...}: the mean absolute difference from the star, of pixels of 0 to 255

    star = glass(PROMPT, seed=1, num_inference_steps=25, guidance_scale=4).images[0]; then for each strength
    glass.image_to_image(PROMPT, image=star, strength=..., seed=2, num_inference_steps=25, guidance_scale=4).images[0],
    with the prompt "a large yellow star on a blue background"
    """
    raise NotImplementedError


def rank_one(weight, key, wanted):
    """-> (B, A), B (outputs, 1) and A (1, inputs), such that (weight + B A) key = wanted, and that (weight + B A) x =
    weight x for every x at right angles to key.

    weight (outputs, inputs), key (inputs), wanted (outputs)
    """
    raise NotImplementedError
