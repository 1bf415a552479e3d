from math import erf

import glassbox
import numpy as np


def attention(q, k, v, heads):
    size = q.shape[1] // heads
    out = []
    for h in range(heads):
        own = slice(h * size, (h + 1) * size)
        scores = q[:, own] @ k[:, own].T / np.sqrt(size)
        weights = np.exp(scores - scores.max(1, keepdims=True))
        out.append(weights / weights.sum(1, keepdims=True) @ v[:, own])
    return np.concatenate(out, 1)


def geglu(ff, x):
    value, gate = np.split(ff.net[0].proj(x), 2, axis=-1)
    gelu = 0.5 * gate * (1 + np.vectorize(erf)(gate / np.sqrt(2)))
    return ff.net[2]((value * gelu).astype(np.float32))


def tokens(image):
    return image.reshape(image.shape[0], -1).T


def heads(glass):
    path = "unet.up_blocks.1.attentions.2.transformer_blocks.0.attn2"

    def draw():
        return glass("a large yellow star on a blue background", seed=7, num_inference_steps=25, guidance_scale=4,
                     output_type="latent").images

    whole, changes = draw(), []
    for head in range(4):
        with glassbox.mute_heads(glass.unet, path, [head]):
            changes.append(float(np.linalg.norm(draw() - whole) / np.linalg.norm(whole)))
    return changes
