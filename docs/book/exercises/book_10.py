"""Chapter 10, The ResnetBlock. Write the functions, then run: ./test book.10"""


def forward(block, x, temb):
    """The block's output, without calling the block itself.

    block.norm1, conv1, time_emb_proj, norm2, conv2 are its layers, and block.conv_shortcut where has(block, "conv_shortcut"):
    call them with arrays. x (N, C, H, W), temb (N, T) -> (N, C_out, H, W)
    """
    raise NotImplementedError


def without_shortcut(glass):
    """-> the relative change of the final latents, when no ResnetBlock of the UNet adds its input

    Prompt "a large yellow star on a blue background", seed 7, 10 steps, guidance scale 4, output_type="latent".
    `with glassbox.hook(pattern, f):` calls f(path, output) behind each module whose path matches; what f returns, unless
    None, is the module's output. What a ResnetBlock without its shortcut returns is the output of its conv2.
    """
    raise NotImplementedError


def reach(n):
    """-> how many pixels along one axis of the input an output pixel depends on, through the convolutions of n blocks"""
    raise NotImplementedError


def has(block, name):
    return any(path == name for path, _ in block.named_modules())
