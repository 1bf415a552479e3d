import importlib.util
from pathlib import Path

import numpy as np


def check_guide(answers, glass):
    u, c = np.random.default_rng(6).standard_normal((2, 1, 4, 5, 5))
    for scale in (0.0, 1.0, 4.0, 7.5):
        found = answers.guide(u, c, scale)
        assert found is not None and np.shape(found) == u.shape, f"expected {u.shape}, got {np.shape(found)}"
        assert np.abs(found - (u + scale * (c - u))).max() < 1e-9, f"scale {scale}: 0 gives eps_uncond, 1 gives eps_cond, 4 goes beyond"


def check_scale_of(answers, glass):
    u, c = np.random.default_rng(7).standard_normal((2, 1, 4, 5, 5))
    for scale in (0.5, 4.0, 7.5):
        found = answers.scale_of(u, c, u + scale * (c - u))
        assert found is not None and abs(found - scale) < 1e-6, f"expected {scale}, got {found}"


def check_distances(answers, glass):
    spec = importlib.util.spec_from_file_location("solution_06", Path(__file__).parents[1] / "solutions" / "book_06.py")
    solution = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(solution)
    found = answers.distances(glass)
    assert isinstance(found, dict) and set(found) == {2, 4, 8}, f"expected a dict with the keys 2, 4 and 8, got {found!r}"
    for scale, expected in solution.distances(glass).items():
        assert abs(found[scale] - expected) < 0.01 * expected, f"scale {scale}: expected {expected:.4f}, got {found[scale]:.4f}"
