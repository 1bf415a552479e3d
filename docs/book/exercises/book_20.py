"""Chapter 20, From textbook to fast. Write the functions, then run: ./test book.20"""


def tiled(read_a, read_b, n, tile):
    """-> C = A B (n, n), with no more than 2 n^3 / tile numbers read.

    read_a(rows, columns) gives a block of A as an array; rows and columns are slices of at most `tile` numbers each. The
    same for read_b. tile divides n. Blocks may be multiplied by @.
    """
    raise NotImplementedError


def winograd(d, g):
    """-> (y0, y1): d0 g0 + d1 g1 + d2 g2 and d1 g0 + d2 g1 + d3 g2, with four multiplications of an input by a weight.

    d: four inputs, g: three weights. Sums, differences, and multiplications by ordinary numbers (0.5 g[0]) are free.
    """
    raise NotImplementedError


def online(blocks):
    """-> softmax(a) v (D), where the scores a and the values v come in blocks.

    blocks yields pairs (scores (n), values (n, D)), once. Scores may be as large as 1000.
    """
    raise NotImplementedError
