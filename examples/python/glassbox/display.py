"""How models and tensors look: as text, and in a notebook."""

from __future__ import annotations

import base64
import io
from html import escape

import numpy as np


def _head(module) -> str:
    """The class, and what torch prints between its parentheses."""
    config = getattr(module, "config", None)
    sizes = {key: value for key, value in (config or {}).items() if not key.startswith("_") and module.shapes}
    return f"{module.class_name}({', '.join(f'{key}={value}' for key, value in sizes.items())}"


def _weights(module) -> str:
    return "".join(f"  {name} {tuple(shape)}" for name, shape in module.shapes.items())


def tree(module, name: str = "", depth: int = 0) -> str:
    """A module and all below it, as torch prints one, with the shapes of the weights."""
    front = "  " * depth + (f"({name}): " if name else "")
    if not module.children:
        return f"{front}{_head(module)}){_weights(module)}"
    below = [tree(child, child.path[len(module.path):].lstrip("."), depth + 1) for child in module.children]
    return "\n".join([f"{front}{_head(module)}", *below, "  " * depth + ")"])


def folding_tree(module, name: str = "") -> str:
    """The same as HTML that folds."""
    title = escape(f"{name or module.path or module.class_name}: {_head(module)}){_weights(module)}")
    if not module.children:
        return f"<div style='margin-left:2em;font-family:monospace'>{title}</div>"
    below = "".join(folding_tree(child, child.path[len(module.path):].lstrip(".")) for child in module.children)
    is_open = "" if name else " open"
    return (f"<details{is_open} style='margin-left:1em;font-family:monospace'><summary>{title}</summary>{below}"
            "</details>")


def tokens(pieces, ids) -> str:
    """The tokens of a prompt without its padding."""
    end = next((i for i, piece in enumerate(pieces) if piece == "<|endoftext|>"), len(pieces) - 1)
    return " ".join(f"{piece}:{number}" for piece, number in zip(pieces[: end + 1], ids))


def statistics(x) -> str:
    """Shape, mean, deviation and range."""
    x = np.asarray(x)
    if x.size == 0:
        return f"{x.shape}, empty"
    return f"{x.shape}  mean {x.mean():.4g}  std {x.std():.4g}  min {x.min():.4g}  max {x.max():.4g}"


def tiles(x, most: int = 16, side: int = 96) -> np.ndarray:
    """The first channels of an (N, C, H, W), (C, H, W) or (H, W) array side by side, as bytes (height, width, 4).

    Blue is low, white 0, red high; between the channels the page shows through.
    """
    x = np.asarray(x, np.float32)
    x = x[0] if x.ndim == 4 else x[None] if x.ndim == 2 else x
    x = x[:most]
    limit = np.abs(x).max() or 1.0
    factor = max(1, side // max(x.shape[-2:]))
    signed = np.repeat(np.repeat(x / limit, factor, axis=1), factor, axis=2)
    red, green, blue = 1 + np.minimum(signed, 0), 1 - np.abs(signed), 1 - np.maximum(signed, 0)
    channels = np.stack([red, green, blue, np.ones_like(red)], axis=-1)
    framed = np.pad(channels, ((0, 0), (0, 2), (0, 2), (0, 0)))
    rows = [np.concatenate(framed[i : i + 8], axis=1) for i in range(0, len(framed), 8)]
    width = rows[0].shape[1]
    rows = [np.pad(row, ((0, 0), (0, width - row.shape[1]), (0, 0))) for row in rows]
    return (np.concatenate(rows, axis=0) * 255).round().astype(np.uint8)


def png(pixels: np.ndarray) -> bytes:
    """Bytes (H, W, 3 or 4) as a PNG."""
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "png")
    return out.getvalue()


class Tensor(np.ndarray):
    """An array that a notebook shows with its statistics and its channels."""

    def _repr_html_(self):
        text = f"<code style='white-space:pre-wrap'>{escape(statistics(self))}</code>"
        if self.ndim not in (2, 3, 4) or self.size == 0 or not np.isfinite(self).all():
            return text
        image = base64.b64encode(png(tiles(self))).decode()
        return f"{text}<br><img src='data:image/png;base64,{image}'>"


def show(x) -> Tensor:
    """An array of any library as one that a notebook shows."""
    from ._arrays import as_float32

    return as_float32(x, "x").view(Tensor)
