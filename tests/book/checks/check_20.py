import numpy as np


class Memory:
    """A matrix whose reads are counted."""

    def __init__(self, matrix, tile):
        self.matrix, self.tile, self.reads = matrix, tile, 0

    def __call__(self, rows, columns):
        block = self.matrix[rows, columns]
        assert block.ndim == 2 and max(block.shape) <= self.tile, f"a block of {block.shape} is larger than a tile of {self.tile}"
        self.reads += block.size
        return block.copy()


def check_tiled(answers, glass):
    rng = np.random.default_rng(20)
    for n, tile in ((24, 6), (32, 16), (12, 12)):
        a, b = Memory(rng.standard_normal((n, n)), tile), Memory(rng.standard_normal((n, n)), tile)
        found = answers.tiled(a, b, n, tile)
        assert found is not None and np.shape(found) == (n, n), f"expected {(n, n)}, got {np.shape(found)}"
        assert np.allclose(found, a.matrix @ b.matrix), f"n {n}, tile {tile}: this is not A B"
        most = 2 * n**3 // tile
        assert a.reads + b.reads <= most, f"n {n}, tile {tile}: {a.reads + b.reads} numbers read, expected at most {most}"


class Counted:
    """An input or a weight. Its products with the other kind are counted."""

    products = 0

    def __init__(self, value, kind):
        self.value, self.kind = value, kind

    def _with(self, other, operation):
        if isinstance(other, Counted):
            return Counted(operation(self.value, other.value), self.kind if self.kind == other.kind else "y")
        return Counted(operation(self.value, other), self.kind)

    def __add__(self, other):
        return self._with(other, lambda a, b: a + b)

    def __sub__(self, other):
        return self._with(other, lambda a, b: a - b)

    def __rsub__(self, other):
        return self._with(other, lambda a, b: b - a)

    def __neg__(self):
        return Counted(-self.value, self.kind)

    def __mul__(self, other):
        Counted.products += isinstance(other, Counted)
        return self._with(other, lambda a, b: a * b)

    def __truediv__(self, other):
        assert not isinstance(other, Counted), "a division by an input or a weight"
        return self._with(other, lambda a, b: a / b)

    __radd__, __rmul__ = __add__, __mul__


def check_winograd(answers, glass):
    for seed in range(3):
        d, g = np.random.default_rng(seed).standard_normal(4), np.random.default_rng(9 + seed).standard_normal(3)
        Counted.products = 0
        found = answers.winograd([Counted(float(x), "d") for x in d], [Counted(float(x), "g") for x in g])
        assert isinstance(found, (tuple, list)) and len(found) == 2, f"expected two outputs, got {found!r}"
        values = [getattr(y, "value", y) for y in found]
        assert np.allclose(values, [d[:3] @ g, d[1:] @ g]), f"the outputs are {values}, expected {[d[:3] @ g, d[1:] @ g]}"
        assert Counted.products <= 4, f"{Counted.products} multiplications, expected four"


def check_online(answers, glass):
    rng = np.random.default_rng(21)
    for offset in (0.0, 1000.0):
        scores = [offset + 5 * rng.standard_normal(n) for n in (3, 5, 2)]
        values = [rng.standard_normal((n, 4)) for n in (3, 5, 2)]
        found = answers.online(pair for pair in zip(scores, values))
        e = np.exp(np.concatenate(scores) - np.concatenate(scores).max())
        expected = e @ np.concatenate(values) / e.sum()
        assert found is not None and np.shape(found) == (4,), f"expected 4 numbers, got {np.shape(found)}"
        assert np.allclose(found, expected), f"scores near {offset:.0f}: expected {expected}, got {np.asarray(found)}"
