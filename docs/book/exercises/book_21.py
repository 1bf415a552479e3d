"""Chapter 21, Train your own. Write the functions, then run: ./test book.21"""


def hexagon(x, y):
    """-> the distance of (x, y) from the edge of a hexagon, negative inside: an entry of DISTANCES in data/draw.py.

    x, y: arrays of one shape. The six corners are 0.95 from the middle, and one of them is at (0.95, 0). Within 0.05 of
    an edge, and away from corners, the distance must be right to 0.01.
    """
    raise NotImplementedError


def contrast(text, image, scale):
    """-> the contrastive loss of a batch. text, image (n, width), rows of length 1; row i of both belong together."""
    raise NotImplementedError


def mean_of_weights(states, decay=0.999):
    """-> the mean behind the last step. states: the weights at the beginning, then behind step 1, 2, ... (steps + 1, n)

    The mean begins as states[0]. Behind step k it keeps the share min(decay, k / (k + 10)) of itself.
    """
    raise NotImplementedError
