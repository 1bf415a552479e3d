import numpy as np


def check_factor(answers, glass):
    latents = 4.3 * np.random.default_rng(7).standard_normal((3, 4, 8, 8)) + 0.5
    found = answers.factor(latents)
    assert found is not None and abs(found * latents.std() - 1) < 1e-3, f"the scaled latents have the deviation {found and found * latents.std()}"


def check_sample(answers, glass):
    random = np.random.default_rng(8)
    image = random.uniform(-1, 1, (1, 3, 32, 48)).astype(np.float32)
    posterior = glass.vae.encode(image)
    moments, eps = np.array(posterior.moments), random.standard_normal(posterior.mean.shape).astype(np.float32)
    moments[:, 4:, 0, 0] = 50  # to be clamped
    expected = moments[:, :4] + np.exp(np.clip(moments[:, 4:], -30, 20) / 2) * eps
    found = answers.sample(moments.copy(), eps)
    assert found is not None and np.shape(found) == eps.shape, f"expected {eps.shape}, got {np.shape(found)}"
    assert np.allclose(found, expected, rtol=1e-4, atol=1e-4), "half of the logarithm is the logarithm of the deviation; are the logarithms clamped?"


def check_psnr(answers, glass):
    random = np.random.default_rng(9)
    a = random.integers(0, 256, (5, 6, 3)).astype(np.uint8)
    b = np.clip(a.astype(int) + random.integers(-20, 21, a.shape), 0, 255).astype(np.uint8)
    expected = 10 * np.log10(255**2 / np.mean((a.astype(float) - b) ** 2))
    found = answers.psnr(a, b)
    assert found is not None and abs(found - expected) < 1e-6, f"expected {expected:.4f}, got {found}; bytes overflow when they are subtracted"
