"""Chapter 12, Skips. Write the functions, then run: ./test book.12"""


def run_stack(events):
    """events: a list of ("push", who) and ("pop", who) -> {who pops: who pushed}. A pop without a push is a ValueError, and
    so is anything that is left at the end."""
    raise NotImplementedError


def resnet_inputs(channels=(320, 640, 1280)):
    """-> nine numbers: the input channels of the ResnetBlocks of the way up, in the order in which they run"""
    raise NotImplementedError


def least(glass):
    """-> the number of the skip without which the final latents change least

    `with glassbox.mute_skips(glass.unet, [k]):` leaves skip k out. Prompt "a large yellow star on a blue background", seed 7,
    25 steps, guidance scale 4, output_type="latent".
    """
    raise NotImplementedError
