import glassbox
import numpy as np


def has(block, name):
    return any(path == name for path, _ in block.named_modules())


def silu(x):
    return x / (1 + np.exp(-x))


def forward(block, x, temb):
    h = block.conv1(silu(block.norm1(x)))
    h = h + block.time_emb_proj(silu(temb))[:, :, None, None]
    h = block.conv2(silu(block.norm2(h)))
    return (block.conv_shortcut(x) if has(block, "conv_shortcut") else x) + h


def without_shortcut(glass):
    def draw():
        return glass("a large yellow star on a blue background", seed=7, num_inference_steps=10, guidance_scale=4,
                     output_type="latent").images

    kept = {}

    def keep(path, output):
        kept[path.removesuffix(".conv2")] = np.array(output)

    def replace(path, output):
        return kept.get(path)

    whole = draw()
    with glassbox.hook("unet.*resnets.?.conv2", keep), glassbox.hook("unet.*resnets.?", replace):
        without = draw()
    return float(np.linalg.norm(without - whole) / np.linalg.norm(whole))


def reach(n):
    return 4 * n + 1
