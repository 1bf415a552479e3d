"""Chapter 13, Time, size, crop. Write the functions, then run: ./test book.13"""


def sinusoid(t, d):
    """-> (d): the cosines, then the sines, of t times the frequencies 10000^(-k / (d / 2))"""
    raise NotImplementedError


def vector(pooled, original, crop, target):
    """-> (288): the tiny model's vector s. pooled (96); original, crop and target are (height or top, width or left)."""
    raise NotImplementedError


def moves(glass):
    """-> {left: middle}, for left = 0, 16, 32, 48 and 64: where the star's middle is, as a share of the picture's width

    glass("a large yellow star on a blue background", seed=1, num_inference_steps=25, guidance_scale=4,
          original_size=(128, 128 + left), crops_coords_top_left=(0, left)).images[0]
    The star is where the colour differs from the first row's median by more than 60; its middle is the mean of (column +
    0.5) / 128 over its pixels.
    """
    raise NotImplementedError
