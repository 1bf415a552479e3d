import numpy as np

PROMPT = "a large yellow star on a blue background"


def steps_taken(n, strength):
    return list(range(n - min(int(n * strength), n), n))


def blend(x, original, eps, mask, next_sigma):
    return (1 - mask) * (original + next_sigma * eps) + mask * x


def kept(glass):
    settings = {"num_inference_steps": 25, "guidance_scale": 4}
    star = glass(PROMPT, seed=1, **settings).images[0]

    def apart(strength):
        image = glass.image_to_image(PROMPT, image=star, strength=strength, seed=2, **settings).images[0]
        return float(np.abs(np.asarray(image).astype(float) - np.asarray(star)).mean())

    return {strength: apart(strength) for strength in (0.2, 0.5, 0.8)}


def rank_one(weight, key, wanted):
    return (wanted - weight @ key)[:, None], key[None] / (key @ key)
