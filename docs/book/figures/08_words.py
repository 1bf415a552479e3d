"""The figures of chapter 8."""

import glassbox
import matplotlib.pyplot as plt
import numpy as np
from glassbox import _glassbox as core

PROMPT = "a red circle to the left of a blue square"


def names(glass):
    return ["start"] + [word for word, _ in glass.tokenizer(PROMPT).words] + ["end"]


def changed(glass, ink):
    words = names(glass)
    context, _ = core.encode_prompt(glass, PROMPT)
    other, _ = core.encode_prompt(glass, PROMPT.replace("square", "star"))
    change = np.linalg.norm(context[0] - other[0], axis=1)[: len(words)]
    figure, axis = plt.subplots(figsize=(7, 2.6))
    axis.bar(range(len(words)), change, color=ink.words)
    axis.set_xticks(range(len(words)), words, rotation=50, ha="right")
    axis.set_ylabel("distance")
    return figure


def causal(glass, ink):
    words = names(glass)
    attention = glass.text_encoder.text_model.encoder.layers[0].self_attn
    with glassbox.record("text_encoder.text_model.encoder.layers.0.self_attn.*") as seen:
        glass.text_encoder([glass.tokenizer(PROMPT).ids])
    q, k = (seen[f"text_encoder.text_model.encoder.layers.0.self_attn.{name}"][0][0] for name in ("q_proj", "k_proj"))
    size = q.shape[1] // attention.heads
    scores = q[:, :size] @ k[:, :size].T / np.sqrt(size)
    scores = np.where(np.tril(np.ones(scores.shape, bool)), scores, -np.inf)
    weights = np.exp(scores - scores.max(1, keepdims=True))
    weights = (weights / weights.sum(1, keepdims=True))[: len(words), : len(words)]
    figure, axis = plt.subplots(figsize=(5, 4.4))
    image = axis.imshow(weights, cmap=ink.rising)
    axis.set_xticks(range(len(words)), words, rotation=60, ha="right", fontsize=8)
    axis.set_yticks(range(len(words)), words, fontsize=8)
    figure.colorbar(image, shrink=0.8)
    return figure
