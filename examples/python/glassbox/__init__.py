"""Glassbox SDXL from Python: open a model, run any of its layers, put them into your own diffusers pipeline.

    import glassbox

    glass = glassbox.open()                                      # the tiny model; or a folder, or a single file
    glass("a large yellow star on a blue background", seed=7, steps=25).images[0]
    glass.unet.down_blocks[1].attentions[0](x, context)          # numpy or torch in, numpy out
    with glassbox.swap(pipe.unet, glass.unet, "*.attn2"): ...    # C++ layers inside diffusers
    glassbox.replay(pipe.unet, glass.unet)                       # the first divergence, with its kind
"""

from . import _glassbox
from ._glassbox import *  # noqa: F401,F403  the classes of the C++ code
from ._glassbox import AttentionRequest, backend, scheduler_names, set_backend, set_threads, summary, threads
from .display import Tensor, show
from .hooks import Watch, hook, mute, mute_heads, mute_skips, record, scale, skips
from .pipeline import Output, StableDiffusionXL, open, tiny_model, tokenize
from .replay import example_inputs, replay
from .report import Finding, Report, Row
from .swap import swap
from .twins import NotBuiltHere, like

__all__ = [
    "AttentionRequest", "Finding", "NotBuiltHere", "Output", "Report", "Row", "StableDiffusionXL", "Tensor", "Watch",
    "backend", "example_inputs", "hook", "like", "mute", "mute_heads", "mute_skips", "open", "record", "replay",
    "scale", "scheduler_names", "set_backend", "set_threads", "show", "skips", "summary", "swap", "threads",
    "tiny_model", "tokenize", *(name for name in dir(_glassbox) if name[0].isupper() and name != "StableDiffusionXL"),
]  # fmt: skip
