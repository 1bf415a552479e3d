import numpy as np

ALPHA_BAR = np.cumprod(1 - np.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2)


def check_loss(answers, glass):
    rng = np.random.default_rng(4)
    x0, eps = rng.standard_normal((2, 3, 4, 8, 8))
    t = np.array([0, 272, 999])
    seen = []

    def network(x_t, levels):
        seen.append((np.array(x_t), np.array(levels)))
        return 0.5 * np.asarray(x_t)

    found = answers.loss(network, x0, eps, t, ALPHA_BAR)
    assert seen, "the network was not run"
    bar = ALPHA_BAR[t].reshape(3, 1, 1, 1)
    x_t = np.sqrt(bar) * x0 + np.sqrt(1 - bar) * eps
    assert seen[0][0].shape == x_t.shape and np.abs(seen[0][0] - x_t).max() < 1e-6, \
        "the network's input is not sqrt(alpha_bar) x0 + sqrt(1 - alpha_bar) eps, with each picture's own level"
    assert np.array_equal(seen[0][1], t), f"the network needs the levels {t}, got {seen[0][1]}"
    expected = float(np.mean((0.5 * x_t - eps) ** 2))
    assert found is not None and abs(found - expected) < 1e-6, f"expected {expected:.6f}, got {found}"


def check_velocity(answers, glass):
    rng = np.random.default_rng(5)
    x0, eps = rng.standard_normal((2, 4, 6))
    for bar in (0.999, 0.5, 0.0047):
        x_t = np.sqrt(bar) * x0 + np.sqrt(1 - bar) * eps
        v = np.sqrt(bar) * eps - np.sqrt(1 - bar) * x0
        found = answers.velocity(x_t, eps, bar)
        assert found is not None and np.allclose(found, v, atol=1e-6), f"alpha_bar {bar}: the velocity begins with {v[0, :3]}"
        back = answers.noise_of(x_t, v, bar)
        assert back is not None and np.allclose(back, eps, atol=1e-6), f"alpha_bar {bar}: noise_of does not give the noise back"


def check_train(answers, glass):
    bar = ALPHA_BAR[[50, 200, 400, 600, 800, 999]]
    for deviation in (0.5, 1.0):
        rng = np.random.default_rng(6)
        found = np.asarray(answers.train(lambda n: deviation * rng.standard_normal(n), bar), float)
        assert found.shape == bar.shape, f"expected {len(bar)} weights, got {found.shape}"
        expected = np.sqrt(1 - bar) / (bar * deviation**2 + 1 - bar)
        worst = int(np.argmax(np.abs(found - expected)))
        assert np.abs(found - expected).max() < 0.05, \
            f"pictures of deviation {deviation}: the weight of level {worst} is {found[worst]:.3f}, the best one is {expected[worst]:.3f}"
