import numpy as np

PROMPT = "a large yellow star on a blue background"


def split(timesteps, share):
    base = sum(t >= round(1000 - share * 1000) for t in timesteps)
    return base, len(timesteps) - base


def sharpness(image):
    grey = np.asarray(image).astype(float).mean(-1)
    return float(np.quantile(np.hypot(*np.gradient(grey)), 0.99) / grey.std())


def sweep(base, refiner):
    settings = {"seed": 1, "num_inference_steps": 25, "guidance_scale": 4}
    found = {}
    for share in (0.5, 0.6, 0.7, 0.8, 0.9):
        latents = base(PROMPT, denoising_end=share, output_type="latent", **settings).latents
        found[share] = sharpness(refiner.image_to_image(PROMPT, image=latents, denoising_start=share, **settings).images[0])
    return found


def parameters():
    def resnet(a, b, time=1536):
        return 2 * a + 9 * a * b + b + time * b + b + 2 * b + 9 * b * b + b + (a * b + b if a != b else 0)

    c = 768
    transformer = 2 * c + 2 * (c * c + c) + 4 * (18 * c * c + 2 * c * 1280 + 17 * c)
    return resnet(384, c) + resnet(c, c) + 2 * transformer + 9 * c * c + c
