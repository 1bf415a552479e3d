"""The layers in NumPy, for comparison with the program: one sample, without a batch axis."""

import math

import numpy as np


def silu(x):
    return x / (1 + np.exp(-x))


def gelu(x):
    return x * 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))


def quick_gelu(x):
    return x / (1 + np.exp(-1.702 * x))


def linear(layer, x):
    """y = x W^T + b over the last axis"""
    weights = layer.state_dict()
    return x @ weights["weight"].T + weights.get("bias", 0)


def conv(layer, x):
    """A convolution with zeros around x (C, H, W), which keeps its size."""
    weight, bias = layer.state_dict()["weight"], layer.state_dict()["bias"]
    k = weight.shape[-1]
    padded = np.pad(x, [(0, 0), (k // 2, k // 2), (k // 2, k // 2)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, (k, k), axis=(1, 2))  # (C, H, W, k, k)
    return np.einsum("ockl,chwkl->ohw", weight, windows, optimize=True) + bias[:, None, None]


def group_norm(layer, x, groups, eps):
    """Each group of channels of x (C, H, W) to mean 0 and deviation 1; then each channel's weight and bias."""
    y = x.reshape(groups, -1)
    y = (y - y.mean(1, keepdims=True)) / np.sqrt(y.var(1, keepdims=True) + eps)
    weight, bias = (layer.state_dict()[name][:, None, None] for name in ("weight", "bias"))
    return y.reshape(x.shape) * weight + bias


def layer_norm(layer, x, eps=1e-5):
    y = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + eps)
    return y * layer.state_dict()["weight"] + layer.state_dict()["bias"]


def softmax(scores):
    """Over the last axis. Without the largest score the exponentials could overflow."""
    e = np.exp(scores - scores.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def attention_weights(q, k, heads, causal=False):
    """softmax(q k^T / sqrt(D)) of each head: q (T, C), k (S, C) -> (heads, T, S)"""
    q, k = (x.reshape(len(x), heads, -1).transpose(1, 0, 2) for x in (q, k))  # (heads, T or S, D)
    scores = q @ k.transpose(0, 2, 1) / math.sqrt(q.shape[-1])
    if causal:
        scores = np.where(np.tril(np.ones(scores.shape[1:], bool)), scores, -np.inf)
    return softmax(scores)


def attention(q, k, v, heads, causal=False):
    """weights v, the heads side by side: (T, C)"""
    values = v.reshape(len(v), heads, -1).transpose(1, 0, 2)
    return (attention_weights(q, k, heads, causal) @ values).transpose(1, 0, 2).reshape(q.shape)
