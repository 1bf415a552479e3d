import importlib.util
from pathlib import Path

import glassbox
import numpy as np

PROMPT = "a large yellow star on a blue background"


def check_forward(answers, glass):
    random = np.random.default_rng(10)
    for path, channels in (("down_blocks.0.resnets.1", 48), ("down_blocks.1.resnets.0", 48), ("up_blocks.2.resnets.0", 128)):
        block = glass.unet.get_submodule(path)
        x = random.standard_normal((2, channels, 7, 9)).astype(np.float32)
        temb = random.standard_normal((2, 192)).astype(np.float32)
        expected, found = block(x, temb), answers.forward(block, x, temb)
        assert isinstance(found, np.ndarray) and found.shape == expected.shape, f"{path}: expected {expected.shape}, got {getattr(found, 'shape', found)}"
        relative = np.linalg.norm(found - expected) / np.linalg.norm(expected)
        assert relative < 1e-5, f"{path}: relative error {relative:.2g}; expected at most 1e-5"


def check_without_shortcut(answers, glass):
    spec = importlib.util.spec_from_file_location("solution_10", Path(__file__).parents[1] / "solutions" / "book_10.py")
    solution = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(solution)
    expected, found = solution.without_shortcut(glass), float(answers.without_shortcut(glass))
    assert abs(found - expected) < 0.01 * expected, f"expected {expected:.3f}, got {found:.3f}"


def check_reach(answers, glass):
    conv = glassbox.Conv2d(1, 1, 3, padding=[1], bias=False)
    conv.load_state_dict({"weight": np.ones((1, 1, 3, 3), np.float32)})
    for n in (1, 2, 3):
        x = np.zeros((1, 1, 41, 41), np.float32)
        x[0, 0, 20, 20] = 1
        for _ in range(2 * n):
            x = conv(x)
        expected = int((x[0, 0, 20] > 0).sum())
        assert answers.reach(n) == expected, f"{n} blocks: expected {expected}, got {answers.reach(n)}; a block has two 3 x 3 convolutions"
