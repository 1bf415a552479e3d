"""Chapter 9, The U. Write the functions, then run: ./test book.09"""


def parameters(channels=(320, 640, 1280), depths=(0, 2, 10), text=2048, added=2816):
    """-> the number of parameters of a UNet with SDXL's structure.

    channels: of each level, the finest first. depths: transformer blocks behind each ResnetBlock of a level; the middle
    has the last of them. text: width of the text features. added: inputs of add_embedding.

        conv_in                 3 x 3, from 4 to channels[0]
        time_embedding          linear from channels[0] to T = 4 channels[0], then linear from T to T
        add_embedding           linear from added to T, then linear from T to T
        each level down         2 x (ResnetBlock [, Transformer2D]); but the last level a 3 x 3 convolution that halves
        middle                  ResnetBlock, Transformer2D, ResnetBlock
        each level up           3 x (ResnetBlock [, Transformer2D]); but the finest level a 3 x 3 convolution that doubles
        conv_norm_out, conv_out a norm, 3 x 3 from channels[0] to 4

    A ResnetBlock of the way up takes the running value and a skip side by side: their channels are added.
    """
    raise NotImplementedError


def half():
    """-> depths (0 or more, for each of the three levels), so that parameters(depths=...) is 0.9 to 1.1 billion"""
    raise NotImplementedError


def skip_shapes(height, width):
    """-> nine (channels, height, width) of SDXL base's skips for latents of a height and width that 4 divides"""
    raise NotImplementedError
