import numpy as np


def check_latents_of(answers, glass):
    for height, width in ((1024, 1024), (128, 128), (832, 1216)):
        expected = (3 * height * width, 4 * height * width // 64)
        found = answers.latents_of(height, width)
        assert tuple(np.atleast_1d(found)) == expected, f"{height} x {width}: expected {expected}, got {found}"


def check_unet_rows(answers, glass):
    for steps, scale, expected in ((25, 4.0, 50), (25, 1.0, 25), (4, 0.0, 4), (50, 7.5, 100)):
        found = answers.unet_rows(steps, scale)
        assert found == expected, f"{steps} steps at scale {scale}: expected {expected}, got {found}; with guidance a batch has two rows"


def check_nearest(answers, glass):
    def draw(steps):
        prompt = "a large yellow star on a blue background"
        return np.asarray(glass(prompt, seed=1, num_inference_steps=steps, guidance_scale=4).images[0]).astype(float)

    found, last = answers.nearest(glass), draw(25)
    assert isinstance(found, dict) and set(found) == {2, 5, 10}, f"expected a dict with the keys 2, 5 and 10, got {found!r}"
    for steps in (2, 5, 10):
        expected = np.abs(draw(steps) - last).mean()
        assert abs(found[steps] - expected) < 0.01, f"{steps} steps: expected {expected:.3f}, got {found[steps]}"
