"""Images in and out of the pipelines, as diffusers' image processor has them."""

from __future__ import annotations

import numpy as np
from PIL import Image

from ._arrays import as_float32, is_torch


def _rounded(pixels: int, unit: int) -> int:
    return max(pixels - pixels % unit, unit)


def image_of(image, unit: int, latent_channels: int) -> np.ndarray:
    """An image, or a list of them, as (N, 3, H, W) from -1 to 1; latents stay as they are.

    PIL images are resized to multiples of 8. Arrays are (N, 3, H, W), or (H, W, 3) as bytes or from 0 to 1; those
    with no value below 0 are taken to begin at 0.
    """
    if isinstance(image, (list, tuple)):
        return np.concatenate([image_of(one, unit, latent_channels) for one in image])
    if isinstance(image, Image.Image):
        width, height = (_rounded(side, unit) for side in image.size)
        image = image.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)
        image = np.asarray(image)
    is_bytes = not is_torch(image) and getattr(image, "dtype", None) == np.uint8
    x = as_float32(image, "image")
    x = x / 255 if is_bytes else x
    if x.ndim == 3:
        x = x[None] if is_torch(image) or x.shape[-1] != 3 else x.transpose(2, 0, 1)[None]
    elif x.ndim == 4 and x.shape[-1] == 3 and x.shape[1] != 3:
        x = x.transpose(0, 3, 1, 2)
    if x.ndim == 4 and x.shape[1] == latent_channels:
        return x
    if x.ndim != 4 or x.shape[1] != 3:
        raise ValueError(f"image: expected a PIL image, (H, W, 3), (N, 3, H, W) or latents, got {tuple(x.shape)}")
    return np.ascontiguousarray(x if x.min() < 0 else 2 * x - 1)


def mask_of(mask, size: tuple[int, int]) -> np.ndarray:
    """A mask as (1, 1, H, W) of 0 and 1: 1, from half the brightness on, where the image is repainted."""
    if isinstance(mask, Image.Image):
        mask = mask.convert("L").resize((size[1], size[0]), Image.Resampling.NEAREST)
        mask = np.asarray(mask, np.float32) / 255
    x = as_float32(mask, "mask_image")
    x = x / 255 if x.max(initial=0) > 1 else x
    x = x.reshape(x.shape[-2:]) if x.size == x.shape[-1] * x.shape[-2] else x
    if x.shape != tuple(size):
        raise ValueError(f"mask_image: expected the image's size {tuple(size)}, got {x.shape}")
    return np.ascontiguousarray((x >= 0.5).astype(np.float32)[None, None])


def output_of(images: np.ndarray, output_type: str):
    """(N, 3, H, W) from -1 to 1 as `output_type`: "pil", "np" (N, H, W, 3) from 0 to 1, or "pt"."""
    unit = np.clip(images / 2 + 0.5, 0, 1)
    if output_type == "pt":
        import torch

        return torch.from_numpy(np.ascontiguousarray(unit))
    unit = unit.transpose(0, 2, 3, 1)
    if output_type == "np":
        return unit
    return [Image.fromarray(image) for image in (unit * 255).round().astype(np.uint8)]
