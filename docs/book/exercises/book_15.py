"""Chapter 15, The refiner. Write the functions, then run: ./test book.15"""


def split(timesteps, share):
    """timesteps: those of one schedule, noisiest first; share: the base's -> (steps of the base, steps of the refiner)"""
    raise NotImplementedError


def sweep(base, refiner):
    """-> {share: sharpness}, for the shares 0.5, 0.6, 0.7, 0.8 and 0.9

    Prompt "a large yellow star on a blue background", seed 1 for both models, 25 steps, guidance scale 4. Sharpness is the
    0.99 quantile of the slopes, np.hypot(*np.gradient(grey)), divided by the deviation of grey, the mean of the colours.

    base(..., denoising_end=share, output_type="latent").latents, then
    refiner.image_to_image(..., image=latents, denoising_start=share).images[0]
    """
    raise NotImplementedError


def parameters():
    """-> the number of parameters of the published refiner's down_blocks.1: width 384 to 768, two ResnetBlocks, two
    Transformer2Ds of four blocks, a 3 x 3 convolution that halves; text features 1280, time vector 1536"""
    raise NotImplementedError
