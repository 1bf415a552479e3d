"""Chapter 6, Guidance. Write the functions, then run: ./test book.06"""


def guide(eps_uncond, eps_cond, scale):
    """-> the guided prediction"""
    raise NotImplementedError


def scale_of(eps_uncond, eps_cond, eps):
    """-> the scale with which eps was made of the two predictions (arrays)"""
    raise NotImplementedError


def distances(glass):
    """-> {2: ..., 4: ..., 8: ...}: ||latents(scale) - latents(1)|| / ||latents(1)||

    Prompt "a large yellow star on a blue background", seed 1, 25 steps, output_type="latent".
    """
    raise NotImplementedError
