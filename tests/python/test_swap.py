"""Layers here inside a live pipeline of diffusers."""

import glassbox
import numpy as np
import pytest
import torch
from conftest import PROMPT
from glassbox.classes import class_here


def differ(a, b):
    return np.abs(a - b).max()


def test_one_module_counts_its_calls_and_is_undone(pipe, glass, draw, torch_picture):
    module = pipe.unet.down_blocks[1].attentions[0]
    with glassbox.swap(pipe.unet, glass.unet, "down_blocks.1.attentions.0") as swapped:
        picture = draw()
    assert swapped.calls == {"unet.down_blocks.1.attentions.0": 3}
    assert differ(picture, torch_picture) <= 1
    assert "forward" not in module.__dict__
    assert differ(draw(), torch_picture) == 0


def test_the_class_of_each_layer(pipe, glass, draw, torch_picture):
    modules = {f"{name}.{path}".strip("."): module for name in ("unet", "text_encoder", "text_encoder_2", "vae")
               for path, module in getattr(pipe, name).named_modules()}  # fmt: skip
    for kind in sorted({class_here(module) for module in modules.values()} - {None}):
        open_swaps = [glassbox.swap(pipe, glass, path) for path, module in modules.items()
                      if class_here(module) == kind and path not in ("vae",)]  # fmt: skip
        for swap in open_swaps:
            swap.__enter__()
        try:
            picture = draw()
        finally:
            for swap in reversed(open_swaps):
                swap.__exit__()
        calls = sum(sum(swap.calls.values()) for swap in open_swaps)
        assert calls > 0 or kind in ("AutoencoderKL", "Encoder", "DownEncoderBlock2D"), kind
        assert differ(picture, torch_picture) <= 1, kind


@pytest.mark.parametrize("component", ["unet", "text_encoder", "text_encoder_2", "vae"])
def test_a_whole_component(pipe, glass, draw, torch_picture, component):
    with glassbox.swap(getattr(pipe, component), getattr(glass, component)) as swapped:
        picture = draw()
    assert sum(swapped.calls.values()) > 0
    assert differ(picture, torch_picture) <= 1


def test_the_whole_pipeline_and_every_module(pipe, glass, draw, torch_picture):
    with glassbox.swap(pipe, glass):
        assert differ(draw(), torch_picture) <= 1
    with glassbox.swap(pipe, glass, "*"):
        assert differ(draw(), torch_picture) <= 1
    with glassbox.swap(pipe.unet, pattern="*.attn2"):  # twins of the module's own weights
        assert differ(draw(), torch_picture) <= 1


def test_image_to_image_swaps_the_encoder(pipe, glass, draw):
    image = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        theirs = pipe.vae.encode(image).latent_dist.mean
        with glassbox.swap(pipe.vae, glass.vae):
            ours = pipe.vae.encode(image).latent_dist.mean
    assert torch.allclose(ours, theirs, atol=1e-4)


def test_undone_after_an_exception(pipe, glass, draw, torch_picture):
    with pytest.raises(KeyError), glassbox.swap(pipe.unet, glass.unet, "*.resnets.*"):
        raise KeyError("stop")
    assert not any("forward" in module.__dict__ for module in pipe.unet.modules())
    assert differ(draw(), torch_picture) == 0


def test_half_precision_comes_back_as_it_was(pipe, glass):
    layer = torch.nn.Linear(4, 3)
    x = torch.randn(2, 6, 4, dtype=torch.bfloat16).transpose(0, 1)
    with glassbox.swap(layer):
        out = layer(x)
    assert out.dtype == torch.bfloat16 and out.shape == (6, 2, 3)


def test_arguments_that_are_not_built_here_are_named(pipe, glass):
    attention = pipe.unet.down_blocks[1].attentions[0].transformer_blocks[0].attn1
    x = torch.randn(1, 4, attention.to_q.in_features)
    with glassbox.swap(attention), torch.no_grad():
        attention(x, attention_mask=None)
        with pytest.raises(ValueError, match="attention_mask is not built into Attention here; expected None"):
            attention(x, attention_mask=torch.zeros(1, 4))
    unet = {"sample": torch.randn(1, 4, 8, 8), "timestep": 5, "encoder_hidden_states": torch.randn(1, 77, 160)}
    with glassbox.swap(pipe.unet, glass.unet), torch.no_grad():
        with pytest.raises(ValueError, match="cross_attention_kwargs"):
            pipe.unet(**unet, cross_attention_kwargs={"ip_adapter_masks": 1})
        with pytest.raises(ValueError, match="text_embeds"):
            pipe.unet(**unet)


def test_patterns_and_models_that_do_not_fit(pipe, glass):
    with pytest.raises(RuntimeError, match="no module's path is like \\*.attn3"):
        glassbox.swap(pipe.unet, glass.unet, "*.attn3")
    with pytest.raises(ValueError, match="only classes that are not built here: SiLU"):
        glassbox.swap(pipe.unet, glass.unet, "*.nonlinearity")
    with pytest.raises(ValueError, match="expected a UNet2DConditionModel, got AutoencoderKL"):
        glassbox.swap(pipe.unet, glass.vae)


def test_glass_draws_what_diffusers_draws(pipe, glass):
    generator = torch.Generator().manual_seed(1)
    theirs = pipe(PROMPT, num_inference_steps=3, guidance_scale=4.0, generator=generator).images[0]
    ours = glass(PROMPT, num_inference_steps=3, guidance_scale=4.0, generator=torch.Generator().manual_seed(1),
                 scheduler="euler").images[0]  # fmt: skip
    seeded = glass(PROMPT, steps=3, guidance_scale=4.0, seed=1, scheduler="euler").images[0]
    assert differ(np.asarray(ours).astype(int), np.asarray(theirs).astype(int)) <= 1
    assert np.array_equal(np.asarray(ours), np.asarray(seeded))
