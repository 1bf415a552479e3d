import importlib.util
from pathlib import Path

import numpy as np


def check_steps_taken(answers, glass):
    for n, strength in ((10, 0.5), (50, 0.58), (25, 1.0), (25, 0.04), (30, 0.3)):
        taken = min(int(n * strength), n)
        expected, found = list(range(n - taken, n)), answers.steps_taken(n, strength)
        assert found is not None and list(np.atleast_1d(found)) == expected, f"{n} steps, strength {strength}: expected {expected}, got {found}"


def check_blend(answers, glass):
    random = np.random.default_rng(16)
    x, original, eps = random.standard_normal((3, 1, 4, 6, 5))
    mask = (random.random((1, 1, 6, 5)) < 0.5).astype(float)
    for sigma in (3.0, 0.0):
        found = answers.blend(x.copy(), original.copy(), eps.copy(), mask.copy(), sigma)
        assert found is not None and np.shape(found) == x.shape, f"expected {x.shape}, got {np.shape(found)}"
        here = np.broadcast_to(mask == 1, x.shape)
        assert np.allclose(found[here], x[here]), "where the mask is 1, x stays"
        assert np.allclose(found[~here], (original + sigma * eps)[~here]), "where the mask is 0, the original with noise stands"


def check_kept(answers, glass):
    spec = importlib.util.spec_from_file_location("solution_16", Path(__file__).parents[1] / "solutions" / "book_16.py")
    solution = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(solution)
    found = answers.kept(glass)
    assert isinstance(found, dict) and set(found) == {0.2, 0.5, 0.8}, f"expected a dict with the keys 0.2, 0.5 and 0.8, got {found!r}"
    for strength, expected in solution.kept(glass).items():
        assert abs(found[strength] - expected) < 0.02, f"strength {strength}: expected {expected:.3f}, got {found[strength]:.3f}"


def check_rank_one(answers, glass):
    rng = np.random.default_rng(17)
    weight, key, wanted = rng.standard_normal((5, 8)), 3 * rng.standard_normal(8), rng.standard_normal(5)
    pair = answers.rank_one(weight.copy(), key.copy(), wanted.copy())
    assert isinstance(pair, (tuple, list)) and len(pair) == 2, f"expected (B, A), got {pair!r}"
    b, a = (np.asarray(matrix, float) for matrix in pair)
    assert b.shape == (5, 1) and a.shape == (1, 8), f"expected B (5, 1) and A (1, 8), got {b.shape} and {a.shape}"
    changed = weight + b @ a
    assert np.allclose(changed @ key, wanted), f"the key's output is {changed @ key}, expected {wanted}"
    other = rng.standard_normal(8)
    other -= key * (other @ key) / (key @ key)
    assert np.allclose(changed @ other, weight @ other), "an input at right angles to the key gets another output"
