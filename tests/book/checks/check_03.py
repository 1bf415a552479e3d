import numpy as np


def levels(glass):
    signal, noise = np.array(glass.scheduler("ddpm", steps=1000, timestep_spacing="linspace").levels)[::-1].T
    return noise / signal


def check_sigmas(answers, glass):
    found, expected = np.asarray(answers.sigmas()), levels(glass)
    assert found.shape == (1000,), f"expected 1000 values, got {found.shape}"
    worst = np.argmax(np.abs(found / expected - 1))
    assert abs(found[worst] / expected[worst] - 1) < 1e-3, f"at timestep {worst}: expected {expected[worst]:.5f}, got {found[worst]:.5f}"


def check_balance(answers, glass):
    expected = int(np.argmin(np.abs(levels(glass) - 1)))
    assert answers.balance() == expected, f"{answers.balance()} is not it; look for the timestep whose sigma is nearest to 1"


def check_add_noise(answers, glass):
    random = np.random.default_rng(3)
    x0, eps = random.standard_normal((2, 1, 4, 8, 8))
    scheduler = glass.scheduler("ddpm", steps=1000, timestep_spacing="linspace")
    for i in (0, 500, 999):
        signal, noise = scheduler.levels[i]
        expected = scheduler.add_noise(x0.astype(np.float32), eps.astype(np.float32), i)
        found = answers.add_noise(x0, eps, signal**2)
        assert found is not None and np.shape(found) == x0.shape, f"expected {x0.shape}, got {np.shape(found)}"
        assert np.abs(found - expected).max() < 1e-3, f"signal {signal:.3f}, noise {noise:.3f}: the largest difference is {np.abs(found - expected).max():.3g}"
        back = answers.remove_noise(np.asarray(found), eps, signal**2)
        assert np.abs(back - x0).max() < 1e-6, "remove_noise does not give x_0 back"
