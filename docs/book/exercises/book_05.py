"""Chapter 5, Walking back. Write the functions, then run: ./test book.05"""


def euler(x, eps, sigma, next_sigma):
    """-> x at the noise level next_sigma. x = x_0 + sigma eps"""
    raise NotImplementedError


def heun(x, sigma, next_sigma, noise_at):
    """-> x at the noise level next_sigma. noise_at(x, sigma) is the predicted noise. To sigma 0 Heun takes Euler's step."""
    raise NotImplementedError


def order():
    """-> (ratio of Euler, ratio of Heun): error with n steps divided by the error with 2 n steps, for large n

    Solve dx / dsigma = x from x(1) = 1 down to sigma = 0.5, where x is exp(-0.5). The steps are equal.
    """
    raise NotImplementedError
