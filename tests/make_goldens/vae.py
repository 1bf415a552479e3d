"""Goldens of the autoencoder: its blocks, and whole ones of several shapes, encoding and decoding.

Inputs are chosen to make mistakes visible: two different images, height and width odd and different, inputs of
small variance (1e-4) where a norm's epsilon matters, widths and numbers of groups all different.
"""

import json

import torch
from diffusers import AutoencoderKL
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution
from diffusers.models.unets.unet_2d_blocks import DownEncoderBlock2D, UNetMidBlock2D, UpDecoderBlock2D

from golden import randomise, record, write

SEED = 30


def block(name, module, x):
    randomise(module, SEED)
    outputs = record(module, lambda: module(x))
    write(name, __file__, weights=module.state_dict(), inputs={"x": x}, outputs=outputs, seed=SEED)


def blocks():
    torch.manual_seed(SEED)
    faint = 0.01 * torch.randn(2, 12, 5, 7)
    common = {"num_layers": 2, "resnet_eps": 1e-6, "resnet_act_fn": "silu", "resnet_groups": 3}
    down = DownEncoderBlock2D(12, 18, add_downsample=True, downsample_padding=0, **common)
    block("vae_down", down, faint)
    block("vae_down_last", DownEncoderBlock2D(12, 12, add_downsample=False, **common), faint)
    block("vae_up", UpDecoderBlock2D(12, 18, add_upsample=True, **common), faint)
    block("vae_up_last", UpDecoderBlock2D(12, 6, add_upsample=False, **common), faint)
    mid = {"temb_channels": None, "resnet_eps": 1e-6, "resnet_groups": 3, "attention_head_dim": 12}
    block("vae_mid", UNetMidBlock2D(12, **mid), faint)
    block("vae_mid_plain", UNetMidBlock2D(12, add_attention=False, **mid), faint)
    block("vae_attention", UNetMidBlock2D(12, **mid).attentions[0], faint)


VAES = {
    "vae_sdxl": {
        "block_out_channels": (4, 6, 10),
        "layers_per_block": 2,
        "norm_num_groups": 2,
        "scaling_factor": 0.13025,
    },
    "vae_other": {
        "block_out_channels": (6, 9),
        "layers_per_block": 1,
        "norm_num_groups": 3,
        "latent_channels": 5,
        "in_channels": 2,
        "mid_block_add_attention": False,
        "use_quant_conv": False,
        "use_post_quant_conv": False,
        "latents_mean": [0.1, -0.2, 0.3, 0.0, 1.5],
        "latents_std": [1.5, 0.7, 2.0, 1.1, 0.9],
    },
    "vae_one_level": {"block_out_channels": (6,), "norm_num_groups": 2, "latent_channels": 3},
}


def whole(name, config):
    levels = len(config["block_out_channels"])
    vae = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * levels,
        up_block_types=("UpDecoderBlock2D",) * levels,
        **config,
    )
    randomise(vae, SEED, scale=0.25)
    generator = torch.Generator().manual_seed(SEED)
    image = torch.randn(2, vae.config.in_channels, 11, 14, generator=generator).clamp(-1, 1)
    image[1] *= 0.05  # a nearly grey image
    latents = torch.randn(2, vae.config.latent_channels, 2, 3, generator=generator)
    latents[1] *= 0.05

    def run():
        posterior = vae.encode(image).latent_dist
        return vae.decode(latents).sample, posterior

    outputs = record(vae, run)
    del outputs[""]  # AutoencoderKL.forward was not called
    posterior = vae.encode(image).latent_dist
    sample = posterior.sample(torch.Generator().manual_seed(5)).detach()
    inputs = {"image": image, "latents": latents, "sample": sample}
    config = json.loads(vae.to_json_string())
    write(name, __file__, config=config, weights=vae.state_dict(), inputs=inputs, outputs=outputs, seed=SEED)


def tiled():
    """Three tiles one way and two the other, the last ones cut short. No modules: each runs once a tile."""
    config = {"block_out_channels": (4, 6, 10), "layers_per_block": 1, "norm_num_groups": 2}
    vae = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        sample_size=16,
        **config,
    )
    randomise(vae, SEED)
    vae.enable_tiling()
    generator = torch.Generator().manual_seed(SEED)
    image = torch.randn(2, 3, 30, 20, generator=generator).clamp(-1, 1)
    latents = torch.randn(2, 4, 9, 5, generator=generator)
    with torch.no_grad():
        moments = vae.encode(image).latent_dist.parameters
        decoded = vae.decode(latents).sample
    write(
        "vae_tiled",
        __file__,
        config=json.loads(vae.to_json_string()),
        weights=vae.state_dict(),
        inputs={"image": image, "latents": latents},
        outputs={"moments": moments, "image": decoded},
        seed=SEED,
    )


def posterior():
    """Logarithms of variances inside and far outside of the limits, -30 and 20."""
    generator = torch.Generator().manual_seed(SEED)
    moments = torch.randn(2, 6, 3, 5, generator=generator)
    moments[:, 3:] *= 30
    gaussian = DiagonalGaussianDistribution(moments)
    noise = torch.randn(2, 3, 3, 5, generator=generator)
    outputs = {
        "mean": gaussian.mean,
        "log_variance": gaussian.logvar,
        "sample": gaussian.mean + gaussian.std * noise,
        "sample_of_seed": gaussian.sample(torch.Generator().manual_seed(5)),
    }
    assert gaussian.logvar.min() == -30 and gaussian.logvar.max() == 20
    write("vae_posterior", __file__, inputs={"moments": moments, "noise": noise}, outputs=outputs, seed=SEED)


if __name__ == "__main__":
    blocks()
    for name, config in VAES.items():
        whole(name, config)
    tiled()
    posterior()
