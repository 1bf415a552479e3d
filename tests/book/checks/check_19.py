import numpy as np


def check_to_bfloat16(answers, glass):
    x = np.concatenate([np.array([1.0, -1.0, 1 + 2**-8, 1 + 3 * 2**-8, 0.1, 3.14159, -65504], np.float32),
                        np.random.default_rng(19).standard_normal(500).astype(np.float32)])
    found = answers.to_bfloat16(x.copy())
    assert found is not None and np.shape(found) == x.shape, f"expected {x.shape}, got {np.shape(found)}"
    found = np.asarray(found, np.float32)
    assert (found.view(np.uint32) & 0xFFFF == 0).all(), "these are no bfloat16 numbers: their lower 16 bits are not 0"
    low = (x.view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32)
    high = ((x.view(np.uint32) & np.uint32(0xFFFF0000)) + np.uint32(0x10000)).view(np.float32)
    below, above = np.abs(x.astype(float) - low), np.abs(x.astype(float) - high)
    even = (low.view(np.uint32) >> 16) % 2 == 0
    expected = np.where((below < above) | ((below == above) & even), low, high)
    wrong = np.nonzero(found != expected)[0]
    assert len(wrong) == 0, f"{x[wrong[0]]!r}: expected {expected[wrong[0]]!r}, got {found[wrong[0]]!r}"


def check_overflows(answers, glass):
    for values, expected in ((np.array([1.0, -2.0]), 2.0**15), (np.array([65504.0]), 2.0), (np.array([65504.0, 70000.0]) / 4, 4.0)):
        found = answers.overflows(values)
        assert found == expected, f"{values}: expected {expected}, got {found}"


def check_good_sum(answers, glass):
    values = np.full(30000, 0.1, np.float16)
    expected = float(values.astype(np.float64).sum())
    found = answers.good_sum(values)
    assert found is not None and abs(found - expected) < 1e-6 * expected, f"expected {expected:.4f}, got {found}"
