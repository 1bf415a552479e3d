import importlib.util
from pathlib import Path

import numpy as np


def check_attention(answers, glass):
    random = np.random.default_rng(11)
    attn = glass.unet.mid_block.attentions[0].transformer_blocks[0].attn2
    x, context = (random.standard_normal((1, n, c)).astype(np.float32) for n, c in ((9, 128), (77, 160)))
    found = np.asarray(answers.attention(attn.to_q(x)[0], attn.to_k(context)[0], attn.to_v(context)[0], attn.heads))
    assert found.shape == (9, 128), f"expected (9, 128), got {found.shape}"
    expected = attn(x, context)[0]
    relative = np.linalg.norm(attn.to_out[0](found.astype(np.float32)[None])[0] - expected) / np.linalg.norm(expected)
    assert relative < 1e-5, f"relative error {relative:.2g} behind to_out; does a head have channels that lie side by side?"


def check_geglu(answers, glass):
    ff = glass.unet.mid_block.attentions[0].transformer_blocks[0].ff
    x = np.random.default_rng(12).standard_normal((1, 5, 128)).astype(np.float32)
    expected, found = ff(x), np.asarray(answers.geglu(ff, x))
    assert found.shape == expected.shape, f"expected {expected.shape}, got {found.shape}"
    relative = np.linalg.norm(found - expected) / np.linalg.norm(expected)
    assert relative < 1e-5, f"relative error {relative:.2g}; the first half has the values, and GELU is the one with erf"


def check_tokens(answers, glass):
    image = np.arange(2 * 3 * 5, dtype=np.float32).reshape(2, 3, 5)
    found = np.asarray(answers.tokens(image))
    assert found.shape == (15, 2), f"expected (15, 2), got {found.shape}"
    assert all((found[y * 5 + x] == image[:, y, x]).all() for y in range(3) for x in range(5)), "token y W + x is the place in row y, column x"


def check_heads(answers, glass):
    spec = importlib.util.spec_from_file_location("solution_11", Path(__file__).parents[1] / "solutions" / "book_11.py")
    solution = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(solution)
    found, expected = answers.heads(glass), solution.heads(glass)
    assert found is not None and np.shape(found) == (4,), f"expected four numbers, got {found}"
    assert np.allclose(found, expected, rtol=0.02), f"head {np.argmax(np.abs(np.array(found) - expected))} is wrong; got {found}"
