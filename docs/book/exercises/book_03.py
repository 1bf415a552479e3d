"""Chapter 3, Noise. Write the functions, then run: ./test book.03"""


def sigmas(first=0.00085, last=0.012, count=1000):
    """-> (count): sigma of each level. The root of beta grows evenly from the root of `first` to that of `last`."""
    raise NotImplementedError


def balance():
    """-> the timestep, 0 to 999, whose noise is nearest to as large as its signal: sigma nearest to 1"""
    raise NotImplementedError


def add_noise(x0, eps, alpha_bar):
    """-> x_t, in the first form"""
    raise NotImplementedError


def remove_noise(x_t, eps, alpha_bar):
    """-> x_0: what add_noise has mixed"""
    raise NotImplementedError
