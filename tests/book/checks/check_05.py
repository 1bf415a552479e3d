import numpy as np


def check_euler(answers, glass):
    scheduler = glass.scheduler("euler", steps=25)
    signal, noise = np.array(scheduler.levels).T
    sigma = noise / signal
    x, eps = np.random.default_rng(5).standard_normal((2, 1, 4, 6, 6)).astype(np.float32)
    for i in (0, 12, 23):
        expected, found = scheduler.step(eps, i, x), answers.euler(x, eps, sigma[i], sigma[i + 1])
        assert found is not None and np.shape(found) == x.shape, f"expected {x.shape}, got {np.shape(found)}"
        assert np.abs(found - expected).max() < 1e-4, f"step {i}: the largest difference is {np.abs(found - expected).max():.3g}"


def check_heun(answers, glass):
    def noise_at(x, sigma):
        return np.sin(x) + sigma

    for sigma, after in ((3.0, 2.0), (1.0, 0.2), (0.3, 0.0)):
        x = np.linspace(-2, 2, 7)
        d = noise_at(x, sigma)
        there = x + (after - sigma) * d
        expected = there if after == 0 else x + (after - sigma) * (d + noise_at(there, after)) / 2
        found = answers.heun(x.copy(), sigma, after, noise_at)
        assert found is not None and np.allclose(found, expected, atol=1e-9), f"from {sigma} to {after}: expected {expected}, got {found}"


def check_order(answers, glass):
    found = answers.order()
    assert found is not None and len(found) == 2, f"expected two ratios, got {found}"
    assert abs(found[0] - 2) < 0.2, f"Euler: its error is proportional to the step, so half the step gives half the error; got {found[0]:.2f}"
    assert abs(found[1] - 4) < 0.4, f"Heun: its error is proportional to the square of the step; got {found[1]:.2f}"
