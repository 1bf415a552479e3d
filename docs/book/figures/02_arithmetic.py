"""The figures of chapter 2."""

import glassbox
import matplotlib.pyplot as plt
import numpy as np

PROMPT = "a large yellow star on a blue background"


def one_pixel(glass, ink):
    x = np.random.default_rng(0).standard_normal((1, 4, 16, 16)).astype(np.float32)
    w, b = (glass.unet.conv_in.state_dict()[name] for name in ("weight", "bias"))
    out = glass.unet.conv_in(x)[0, 0, 5, 7]
    figure, axes = plt.subplots(2, 4, figsize=(8, 4.3))
    sums = []
    for c in range(4):
        window = x[0, c, 4:7, 6:9]
        sums.append(float((window.astype(float) * w[0, c]).sum()))
        for axis, values, name in ((axes[0, c], window, f"input, channel {c}"), (axes[1, c], w[0, c], "weights")):
            limit = np.abs(values).max()
            axis.imshow(values, cmap=ink.diverging, vmin=-limit, vmax=limit)
            for i in range(3):
                for j in range(3):
                    light = abs(values[i, j]) < 0.6 * limit
                    axis.text(j, i, f"{values[i, j]:.2f}", ha="center", va="center", fontsize=8, color="black" if light else "white")
            axis.set_title(name, fontsize=9)
            axis.set_xticks([])
            axis.set_yticks([])
        axes[1, c].set_xlabel(f"sum of products {sums[-1]:+.4f}", fontsize=9)
    total = sum(sums) + float(b[0])
    assert abs(total - out) < 1e-6
    figure.suptitle(" ".join(f"{s:+.4f}" for s in sums) + f"   bias {b[0]:+.4f}   =   {total:+.4f}", y=0.03, fontsize=10)
    figure.tight_layout(rect=(0, 0.05, 1, 1))
    return figure


def softmax_row(glass, ink):
    path = "unet.mid_block.attentions.0.transformer_blocks.1.attn2"
    with glassbox.record(f"{path}.to_q", f"{path}.to_k") as seen:
        glass(PROMPT, seed=1, num_inference_steps=25, guidance_scale=4)
    q, k = seen[f"{path}.to_q"][10][1], seen[f"{path}.to_k"][10][1]
    size = q.shape[1] // glass.unet.mid_block.attentions[0].transformer_blocks[1].attn2.heads
    scores = k[:, :size] @ q[5, :size] / np.sqrt(size)
    e = np.exp(scores - scores.max())
    pieces = glass.tokenizer(PROMPT).pieces[:16]
    names = [piece.replace("</w>", "").replace("<|startoftext|>", "start").replace("<|endoftext|>", "end") for piece in pieces]
    figure, axes = plt.subplots(1, 3, figsize=(8, 3))
    for axis, values, title in zip(axes, (scores, e, e / e.sum()), ("1. scores", "3. exponentials", "4. weights")):
        axis.bar(range(16), values[:16], color=ink.words)
        axis.axhline(0, color=ink.faint, lw=0.8)
        axis.set_xticks(range(16), names, rotation=75, fontsize=7.5)
        axis.set_title(title, fontsize=10)
    figure.tight_layout()
    return figure
