"""Sizes and lengths of the trainings: for two processor cores, for a large GPU, and for a test of a few seconds."""

from dataclasses import dataclass, field, replace
from math import inf

SQUARE, WIDE, TALL = (128, 128), (96, 160), (160, 96)


@dataclass(frozen=True)
class Stage:
    """A stage of a UNet's training: the buckets of its images, pixels."""

    name: str
    buckets: tuple
    steps: int
    batch: int
    tokens: int = 77  # captions are truncated to this many tokens; the last stage keeps all
    rate: float = 0.02
    offset_noise: float = 0.0
    small_share: float = 0.4  # of the sources: they are enlarged, and so blurred
    snr_limit: float = 5.0  # min-SNR; inf is the paper's plain loss


@dataclass(frozen=True)
class Preset:
    # The autoencoder: images to draw, the side of what is cut from them.
    vae_widths: tuple = (16, 32, 64, 96)
    vae_layers: int = 1
    vae_images: int = 3000
    vae_steps: int = 1800
    vae_batch: int = 8
    vae_side: int = 64
    # The text encoders, trained on the images of the base's stage of squares.
    text_widths: tuple = (64, 96)
    text_layers: int = 3
    text_steps: int = 900
    text_batch: int = 256
    # Base and refiner.
    unet_images: int = 20_000
    unet_widths: tuple = (48, 80, 128)
    unet_depths: tuple = (1, 1, 2)
    unet_heads: tuple = (2, 4, 4)
    stages: tuple = (
        Stage("small", ((64, 64),), 1300, 64, tokens=32),
        Stage("square", (SQUARE,), 1900, 48, tokens=32, rate=0.01),
        Stage("aspects", (SQUARE, WIDE, TALL), 1200, 48, rate=0.01, offset_noise=0.03),
        Stage("sizes", (SQUARE, WIDE, TALL), 1500, 48, rate=0.01, offset_noise=0.03, small_share=0.7, snr_limit=inf),
    )
    refiner_widths: tuple = (40, 64, 96, 96)
    refiner_stage: Stage = field(default=Stage("refiner", (SQUARE, WIDE, TALL), 1500, 48, snr_limit=inf))
    # The adapters of the finished base.
    adapter_images: int = 3000
    adapter_batch: int = 16
    lora_steps: int = 1500
    control_steps: int = 1500
    bf16: bool = False
    processes: int = 2


CPU = Preset()
GPU = Preset(
    vae_images=40_000,
    vae_steps=12_000,
    vae_batch=32,
    vae_side=96,
    text_steps=4000,
    text_batch=512,
    unet_images=240_000,
    unet_widths=(64, 96, 128),
    unet_depths=(1, 1, 2),
    unet_heads=(2, 3, 4),
    stages=(
        Stage("small", ((64, 64),), 3000, 256),
        Stage("square", (SQUARE,), 12_000, 256, rate=0.01),
        Stage("aspects", (SQUARE, WIDE, TALL), 6000, 256, rate=0.01, offset_noise=0.03),
        Stage("sizes", (SQUARE, WIDE, TALL), 4000, 256, rate=0.01, offset_noise=0.03, small_share=0.7, snr_limit=inf),
    ),
    refiner_stage=Stage("refiner", (SQUARE, WIDE, TALL), 4000, 256, snr_limit=inf),
    adapter_images=20_000,
    adapter_batch=64,
    bf16=True,
    processes=16,
)
SMOKE = Preset(
    vae_widths=(8, 8, 8, 8),
    vae_images=16,
    vae_steps=3,
    vae_batch=2,
    text_layers=2,
    text_steps=3,
    text_batch=8,
    unet_images=16,
    unet_widths=(16, 16, 32),
    unet_depths=(1, 1, 1),
    unet_heads=(2, 2, 2),
    stages=tuple(replace(stage, steps=2, batch=4) for stage in CPU.stages),
    refiner_widths=(16, 16, 16, 16),
    refiner_stage=replace(CPU.refiner_stage, steps=2, batch=4),
    adapter_images=16,
    adapter_batch=4,
    lora_steps=2,
    control_steps=2,
    processes=1,
)
PRESETS = {"cpu": CPU, "gpu": GPU, "smoke": SMOKE}
