import numpy as np


def guide(eps_uncond, eps_cond, scale):
    return eps_uncond + scale * (eps_cond - eps_uncond)


def scale_of(eps_uncond, eps_cond, eps):
    d = (eps_cond - eps_uncond).ravel().astype(float)
    return float((eps - eps_uncond).ravel().astype(float) @ d / (d @ d))


def distances(glass):
    def latents(scale):
        return glass("a large yellow star on a blue background", seed=1, num_inference_steps=25, guidance_scale=scale,
                     output_type="latent").latents

    plain = latents(1)
    return {scale: float(np.linalg.norm(latents(scale) - plain) / np.linalg.norm(plain)) for scale in (2, 4, 8)}
