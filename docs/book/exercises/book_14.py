"""Chapter 14, What training saw. Write the functions, then run: ./test book.14"""


def bucket(height, width, buckets):
    """buckets: a list of (height, width) -> the one whose log(height / width) is nearest to the picture's"""
    raise NotImplementedError


def crop_range(height, width, target):
    """target: (height, width) of the bucket -> ((height, width) of the scaled picture, largest top, largest left)

    The picture is scaled by one factor until it just covers the target; its sides are rounded to whole pixels.
    """
    raise NotImplementedError


def time_ids(height, width, top, left, target):
    """-> the six numbers of a training example, in their order"""
    raise NotImplementedError
