import numpy as np


def check_hexagon(answers, glass):
    corners = 0.95 * np.exp(1j * np.pi / 3 * np.arange(7))
    y, x = (np.mgrid[0:81, 0:81] - 40) / 30
    found = answers.hexagon(x.copy(), y.copy())
    assert found is not None and np.shape(found) == x.shape, f"expected an array {x.shape}, got {np.shape(found)}"
    # Inside of all six edges, and the distance from the nearest one.
    point, sides = x + 1j * y, []
    for a, b in zip(corners, corners[1:]):
        along = (b - a) / abs(b - a)
        sides.append(((point - a) * np.conj(along)).imag)
    inside = np.min(sides, axis=0)
    wrong = (np.abs(inside) > 0.02) & ((found < 0) != (inside > 0))
    assert not wrong.any(), f"{wrong.sum()} of {x.size} points have the wrong sign; one of them is ({x[wrong][0]:.2f}, {y[wrong][0]:.2f})"
    near = (np.abs(inside) < 0.05) & (np.min(np.abs(point[None] - corners[:, None, None]), axis=0) > 0.2)
    off = np.abs(found + inside)[near].max()
    assert off < 0.01, f"near an edge the distance is off by {off:.3f}; edges must have the same softness as those of other shapes"


def check_contrast(answers, glass):
    rng = np.random.default_rng(21)
    text, image = rng.standard_normal((2, 6, 5))
    text /= np.linalg.norm(text, axis=1, keepdims=True)
    image /= np.linalg.norm(image, axis=1, keepdims=True)
    for a, b, scale in ((text, image, 13.0), (text, text, 50.0), (np.tile(text[:1], (6, 1)),) * 2 + (10.0,)):
        scores = scale * a @ b.T
        rows = np.log(np.exp(scores).sum(1)) - np.diag(scores)
        columns = np.log(np.exp(scores).sum(0)) - np.diag(scores)
        expected = float((rows.mean() + columns.mean()) / 2)
        found = answers.contrast(a.copy(), b.copy(), scale)
        assert found is not None and np.ndim(found) == 0 and abs(found - expected) < 1e-6, f"expected {expected:.6f}, got {found}"


def check_mean_of_weights(answers, glass):
    states = np.cumsum(np.random.default_rng(22).standard_normal((40, 3)), axis=0)
    for decay in (0.999, 0.6):
        mean = states[0].copy()
        for k in range(1, len(states)):
            kept = min(decay, k / (k + 10))
            mean = kept * mean + (1 - kept) * states[k]
        found = answers.mean_of_weights(states.copy(), decay)
        assert found is not None and np.shape(found) == (3,), f"expected 3 weights, got {np.shape(found)}"
        assert np.allclose(found, mean), f"decay {decay}: expected {mean}, got {np.asarray(found)}"
