"""Adapters from Python: set_adapters, beside diffusers with the same file, and replay with them on."""

import glassbox
import numpy as np
import pytest
from conftest import PROMPT, relative
from safetensors.numpy import save_file

pytest.importorskip("peft")
RANK = 2
LAYERS = [
    "mid_block.attentions.0.transformer_blocks.0.attn1.to_q",
    "mid_block.attentions.0.transformer_blocks.0.attn2.to_v",
    "mid_block.resnets.0.conv1",
]


@pytest.fixture
def adapter(glass, tmp_path):
    """A LoRA of random numbers, by diffusers' names."""
    random = np.random.default_rng(3)
    tensors = {}
    for path in LAYERS:
        out, inner, *kernel = glass.unet.get_submodule(path).state_dict()["weight"].shape
        down = random.standard_normal((RANK, inner, *kernel)) / (inner * int(np.prod(kernel))) ** 0.5
        up = random.standard_normal((out, RANK, *[1] * len(kernel)))
        tensors |= {f"unet.{path}.lora_A.weight": down.astype(np.float16), f"unet.{path}.lora_B.weight": up.astype(np.float16)}
    save_file(tensors, tmp_path / "lora.safetensors")
    yield tmp_path / "lora.safetensors"
    glass.set_adapters([])


def draw(glass):
    return glass(PROMPT, steps=2, seed=1, height=64, width=64, output_type="latent").latents


def test_set_adapters_adds_scales_and_removes(glass, adapter):
    plain = draw(glass)
    glass.set_adapters([(adapter, 1.0)])
    whole = draw(glass)
    glass.set_adapters([(adapter, 0.5)])
    half = draw(glass)
    assert 0 < relative(half, plain) < relative(whole, plain)
    with pytest.raises(RuntimeError, match="absent.safetensors"):
        glass.set_adapters([("absent.safetensors", 1.0)])
    glass.set_adapters([])
    assert np.array_equal(draw(glass), plain)


def test_replay_compares_with_adapters_on(glass, pipe, adapter):
    pipe.load_lora_weights(adapter.parent, weight_name=adapter.name)
    try:
        glass.set_adapters([(adapter, 1.0)])
        report = glassbox.replay(pipe.unet, glass.unet)
        assert "agree" in report.verdict, report.verdict
        glass.set_adapters([(adapter, 0.5)])
        assert "mid_block" in glassbox.replay(pipe.unet, glass.unet).verdict
    finally:
        pipe.unload_lora_weights()
