"""The figures of chapter 9."""

import glassbox
import matplotlib.pyplot as plt
import numpy as np

PROMPT = "a large yellow star on a blue background"


def depth(rows, block):
    prefix = f"unet.{block}.attentions.0.transformer_blocks."
    return len({path[len(prefix):].split(".")[0] for path in rows if path.startswith(prefix)})


def three(glass, ink):
    figure, axes = plt.subplots(3, 1, figsize=(8, 6.6))
    for axis, (name, title) in zip(axes, (("sd15", "SD 1.5, at 512 x 512"), ("sdxl-base", "SDXL base, at 1024 x 1024"),
                                          ("sdxl-refiner", "SDXL refiner, at 1024 x 1024"))):
        rows = {row.path: row for row in glassbox.summary(name)}
        levels = sum(f"unet.down_blocks.{i}" in rows for i in range(5))
        blocks = [(f"down_blocks.{i}", 2) for i in range(levels)] + [("mid_block", 1)] + [(f"up_blocks.{i}", 3) for i in range(levels)]
        x = 0
        for block, count in blocks:
            for k in range(count):
                kind = "resnets"
                _, channels, side, _ = rows[f"unet.{block}.{kind}.{k}"].output
                width, height = channels / 128, side
                colour = ink.words if depth(rows, block) else ink.picture
                axis.add_patch(plt.Rectangle((x, -height / 2), width, height, fc=colour, ec="none", alpha=0.35 if depth(rows, block) else 0.25))
                axis.add_patch(plt.Rectangle((x, -height / 2), width, height, fill=False, ec=colour, lw=1))
                axis.text(x + width / 2, 0, str(depth(rows, block)), ha="center", va="center", fontsize=9)
                x += width + 1.4
            x += 1.6
        axis.set_xlim(-1, 205)
        axis.set_ylim(-70, 70)
        axis.set_title(f"{title}: {rows['unet'].parameters / 1e9:.2f} billion parameters", fontsize=10, loc="left")
        axis.axis("off")
    figure.tight_layout()
    return figure


def where(glass, ink):
    rows = {row.path: row for row in glassbox.summary("sdxl-base")}
    blocks = ["down_blocks.0", "down_blocks.1", "down_blocks.2", "mid_block", "up_blocks.0", "up_blocks.1", "up_blocks.2"]
    figure, axes = plt.subplots(1, 2, figsize=(8, 3))
    for axis, quantity, unit, title, colour in ((axes[0], "parameters", 1e6, "parameters, in millions", ink.picture),
                                                (axes[1], "multiply_adds", 1e9, "multiply-adds, in billions", ink.time)):
        axis.bar(range(len(blocks)), [getattr(rows[f"unet.{block}"], quantity) / unit for block in blocks], color=colour)
        axis.set_xticks(range(len(blocks)), blocks, rotation=55, ha="right", fontsize=8.5)
        axis.set_title(title, fontsize=10)
    figure.tight_layout()
    return figure


def without(glass, ink):
    def draw(*muted):
        settings = {"seed": 7, "num_inference_steps": 25, "guidance_scale": 4}
        if not muted:
            return glass(PROMPT, **settings).images[0]
        with glassbox.mute(glass, *muted):
            return glass(PROMPT, **settings).images[0]

    figure, axes = plt.subplots(1, 3, figsize=(6.4, 2.5))
    for axis, muted in zip(axes, (None, "unet.mid_block", "unet.up_blocks.1.attentions.2")):
        axis.imshow(np.asarray(draw(muted) if muted else draw()))
        axis.set_title(f"without {muted.removeprefix('unet.')}" if muted else "whole", fontsize=8.5)
        axis.axis("off")
    figure.tight_layout()
    return figure
