import importlib.util
from pathlib import Path

import glassbox


def solution():
    spec = importlib.util.spec_from_file_location("solution_15", Path(__file__).parents[1] / "solutions" / "book_15.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def check_split(answers, glass):
    for steps, share in ((40, 0.8), (25, 0.8), (25, 0.55), (7, 0.5)):
        timesteps = [float(t) for t in glass.scheduler("euler", steps=steps).timesteps]
        expected, found = solution().split(timesteps, share), answers.split(timesteps, share)
        assert tuple(found) == expected, f"{steps} steps, share {share}: expected {expected}, got {found}"


def check_sweep(answers, glass):
    refiner = glassbox.open(glassbox.tiny_model() / "refiner", name="refiner")
    found, expected = answers.sweep(glass, refiner), solution().sweep(glass, refiner)
    assert isinstance(found, dict) and set(found) == set(expected), f"expected a dict with the shares {list(expected)}, got {found!r}"
    for share, value in expected.items():
        assert abs(found[share] - value) < 0.002, f"share {share}: expected {value:.4f}, got {found[share]:.4f}"


def check_parameters(answers, glass):
    expected = {row.path: row.parameters for row in glassbox.summary("sdxl-refiner")}["unet.down_blocks.1"]
    assert answers.parameters() == expected, f"expected {expected:,}, got {answers.parameters()}"
