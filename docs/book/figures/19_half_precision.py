"""The figure of chapter 19."""

import re

import glassbox
import matplotlib.pyplot as plt
import numpy as np

SHOWN = re.compile(r"vae\.decoder\.(conv_in|conv_out|(mid_block|up_blocks\.\d)\.resnets\.\d)")
GROWS = ("decoder.conv_in.weight", "decoder.conv_in.bias", "conv2.weight", "conv2.bias", "to_out.0.weight", "to_out.0.bias",
         "conv_shortcut.bias", "upsamplers.0.conv.bias")


def sums(glass, ink):
    latents = np.random.default_rng(0).standard_normal((1, 4, 16, 16)).astype(np.float32)
    figure, axis = plt.subplots(figsize=(7.5, 3.2))
    pictures = []
    for factor, colour in ((1, ink.picture), (64, ink.time), (4096, ink.skips)):
        vae = glassbox.open().vae
        weights = {name: x * np.float32(factor) if name.startswith("decoder.") and name.endswith(GROWS) else x
                   for name, x in vae.state_dict().items()}
        vae.load_state_dict(weights)
        with glassbox.record("vae.decoder.conv_in", "vae.decoder.mid_block*", "vae.decoder.up_blocks*", "vae.decoder.conv_out") as seen:
            pictures.append(vae.to_image(latents))
        paths = [path for path in seen if SHOWN.fullmatch(path)]
        axis.semilogy([float(np.abs(seen.last(path)).max()) for path in paths], "o-", ms=4, color=colour, label=f"sum × {factor}")
    assert all(np.abs(picture - pictures[0]).max() < 1e-2 for picture in pictures)
    axis.axhline(65504, color=ink.faint, lw=1)
    axis.text(0, 45000, "65 504", fontsize=9, color=ink.text, va="top")
    axis.set_xticks(range(len(paths)), [path.removeprefix("vae.decoder.").replace(".resnets", "") for path in paths], rotation=55, ha="right", fontsize=8)
    axis.set_ylabel("largest number")
    axis.legend()
    return figure
