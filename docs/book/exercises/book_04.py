"""Chapter 4, What is learned. Write the functions, then run: ./test book.04"""


def loss(network, x0, eps, t, alpha_bar):
    """-> the simple loss of a batch: the mean squared difference of eps and of what the network answers.

    x0, eps (N, C, H, W); t (N), whole numbers: each picture's own level. alpha_bar: of all levels. network(x_t, t) ->
    the predicted noise (N, C, H, W).
    """
    raise NotImplementedError


def velocity(x_t, eps, alpha_bar):
    """-> v, from the noisy picture and its noise. alpha_bar is one number."""
    raise NotImplementedError


def noise_of(x_t, v, alpha_bar):
    """-> the noise that a predicted velocity means"""
    raise NotImplementedError


def train(draw, alpha_bar):
    """-> (levels): for each noise level the weight w with the smallest loss of eps = w x_t, found by training.

    draw(n) returns n new pictures, each a single number. alpha_bar (levels). Draw noise of your own for each example.
    A weight may miss the best one by 0.05.
    """
    raise NotImplementedError
