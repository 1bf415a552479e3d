"""diffusers' published numbers for its layers and blocks, of the twins: in their tolerance, and to 1e-5 of torch's."""

import glassbox
import numpy as np
import pytest
import torch
from conftest import relative
from diffusers.models.resnet import Downsample2D, ResnetBlock2D, Upsample2D
from diffusers.models.transformers.transformer_2d import Transformer2DModel
from diffusers.models.unets import unet_2d_blocks as blocks

SIZES = dict(in_channels=32, out_channels=32, temb_channels=128)
MIDDLE = dict(in_channels=32, temb_channels=128)


def check(module, numbers, tolerance, *args, **kwargs):
    module = module.eval()
    with torch.no_grad():
        theirs = module(*args, **kwargs)
    theirs = theirs[0] if isinstance(theirs, tuple) else getattr(theirs, "sample", theirs)
    twin = glassbox.like(module)
    with glassbox.swap(module, twin):
        ours = module(*args, **kwargs)
    ours = ours[0] if isinstance(ours, tuple) else getattr(ours, "sample", ours)
    np.testing.assert_allclose(ours[0, -1, -3:, -3:].flatten(), numbers, atol=tolerance)
    assert relative(ours, theirs) < 1e-5


@pytest.mark.parametrize("layer, side, numbers", [
    (Upsample2D, 32, [0.7145, 1.3773, 0.3492, 0.8448, 1.0839, -0.3341, 0.5956, 0.1250, -0.4841]),
    (Downsample2D, 64, [0.9267, 0.5878, 0.3337, 1.2321, -0.1191, -0.3984, -0.7532, -0.0715, -0.3913]),
])  # fmt: skip
def test_resampling(layer, side, numbers):
    torch.manual_seed(0)
    sample = torch.randn(1, 32, side, side)
    check(layer(channels=32, use_conv=True), numbers, 1e-3, sample)


def test_resnet_block():
    torch.manual_seed(0)
    sample, temb = torch.randn(1, 32, 64, 64), torch.randn(1, 128)
    numbers = [-1.9010, -0.2974, -0.8245, -1.3533, 0.8742, -0.9645, -2.0584, 1.3387, -0.4746]
    check(ResnetBlock2D(in_channels=32, temb_channels=128), numbers, 1e-3, sample, temb)


def test_transformer_with_a_context():
    torch.manual_seed(0)
    sample = torch.randn(1, 64, 64, 64)
    module = Transformer2DModel(in_channels=64, num_attention_heads=2, attention_head_dim=32, cross_attention_dim=64)
    context = torch.randn(1, 4, 64)
    numbers = [0.0143, -0.6909, -2.1547, -1.8893, 1.4097, 0.1359, -0.2521, -1.3359, 0.2598]
    check(module, numbers, 1e-3, sample, context)


ATTENTION = dict(cross_attention_dim=32, num_attention_heads=1)


@pytest.mark.parametrize("name, sizes, numbers", [
    ("DownBlock2D", SIZES, [-0.0232, -0.9869, 0.8054, -0.0637, -0.1688, -1.4264, 0.4470, -1.3394, 0.0904]),
    ("CrossAttnDownBlock2D", {**SIZES, **ATTENTION},
     [0.2238, -0.7396, -0.2255, -0.3829, 0.1925, 1.1665, 0.0603, -0.7295, 0.1983]),
    ("UNetMidBlock2DCrossAttn", {**MIDDLE, **ATTENTION},
     [0.0187, 2.4220, 0.4484, 1.1203, -0.6121, -1.5122, -0.8270, 0.7851, 1.8335]),
])  # fmt: skip
def test_blocks_of_the_way_down(name, sizes, numbers):
    torch.manual_seed(0)
    sample, temb = torch.randn(4, 32, 32, 32), torch.randn(4, 128)
    check(getattr(blocks, name)(**sizes), numbers, 5e-3, sample, temb)


@pytest.mark.parametrize("name, sizes, numbers", [
    ("UpBlock2D", {}, [-0.2041, -0.4165, -0.3022, 0.0041, -0.6628, -0.7053, 0.1928, -0.0325, 0.0523]),
    ("CrossAttnUpBlock2D", ATTENTION, [-0.1403, -0.3515, -0.0420, -0.1425, 0.3167, 0.5094, -0.2181, 0.5931, 0.5582]),
])  # fmt: skip
def test_blocks_of_the_way_up(name, sizes, numbers):
    torch.manual_seed(0)
    sample, temb = torch.randn(4, 32, 32, 32), torch.randn(4, 128)
    torch.manual_seed(1)
    skip = torch.randn(4, 32, 32, 32)
    module = getattr(blocks, name)(**SIZES, prev_output_channel=32, **sizes)
    check(module, numbers, 5e-3, sample, (skip,), temb)


def test_decoder_block():
    torch.manual_seed(0)
    sample = torch.randn(4, 32, 32, 32)
    numbers = [0.4404, 0.1998, -0.9886, -0.3320, -0.3128, -0.7034, -0.6955, -0.2338, -0.3137]
    check(blocks.UpDecoderBlock2D(in_channels=32, out_channels=32), numbers, 5e-3, sample)


@pytest.mark.parametrize("module, what", [
    (lambda: ResnetBlock2D(in_channels=32, temb_channels=128, use_in_shortcut=True), "use_in_shortcut"),
    (lambda: ResnetBlock2D(in_channels=32, temb_channels=128, up=True), "up = True"),
    (lambda: Downsample2D(channels=32, use_conv=True, out_channels=16), "out_channels = 16"),
    (lambda: Downsample2D(channels=32), "use_conv = False"),
    (lambda: Transformer2DModel(in_channels=32, num_attention_heads=1, attention_head_dim=32), "attn2"),
    (lambda: blocks.UNetMidBlock2D(in_channels=32, temb_channels=128, attention_head_dim=1), "temb_channels = 128"),
    (lambda: blocks.DownEncoderBlock2D(in_channels=32, out_channels=32), "downsample_padding = 1"),
    (lambda: torch.nn.GroupNorm(4, 8, affine=False), "affine = False"),
    (lambda: torch.nn.LSTM(3, 4), "LSTM is not built here; these are: "),
])  # fmt: skip
def test_what_is_not_built_here_is_named(module, what):
    with pytest.raises(glassbox.NotBuiltHere, match=what):
        glassbox.like(module())


def test_constants_that_no_weight_shows():
    block = Transformer2DModel(in_channels=32, num_attention_heads=2, attention_head_dim=16, cross_attention_dim=8)
    block.norm.eps = 1e-3
    with pytest.raises(glassbox.NotBuiltHere, match=r"Transformer2DModel: norm has eps = 0.001"):
        glassbox.like(block)
