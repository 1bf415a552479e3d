import numpy as np


GIVEN = np.array([[1.0, -2.0, 3.0, -4.0], [0.001, 0.002, -0.001, 0.0]])
WEIGHT = np.array([1.0, 0.5, 2.0, -1.0])
GOLDEN = np.array([[0.36514812707901, -0.36514812707901, 2.1908888816833496, 1.46059250831604],
                   [0.29488393664360046, 0.29488393664360046, -0.5897678732872009, 0.0]])  # torch 2.13.0, nn.RMSNorm(4, eps=1e-5)


def check_offset(answers, glass):
    for shape in ((2, 3, 4), (1, 2, 3, 4), (7,)):
        places = np.arange(np.prod(shape)).reshape(shape)
        for index in np.ndindex(*shape):
            assert answers.offset(shape, index) == places[index], f"shape {shape}, index {index}: expected {places[index]}, got {answers.offset(shape, index)}"


def check_rms_norm(answers, glass):
    found = answers.rms_norm(GIVEN.copy(), WEIGHT, 1e-5)
    assert found is not None and np.shape(found) == (2, 4), f"expected (2, 4), got {np.shape(found)}"
    assert np.allclose(found, GOLDEN, atol=1e-6), f"expected {GOLDEN}, got {found}; does eps stand inside of the root?"


def check_missing(answers, glass):
    model = {"a.weight": (2, 3), "a.bias": (2,), "b.weight": (4, 4)}
    file = {"a.weight": (2, 3), "b.weight": (4, 5), "c.weight": (1,)}
    found = answers.missing(dict(model), dict(file))
    assert found is not None and tuple(map(list, found)) == (["a.bias"], ["c.weight"], ["b.weight"]), f"got {found}"
