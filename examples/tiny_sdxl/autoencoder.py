"""The KL-f8 autoencoder (section 2.4 of the paper): trained on cuts of images, kept as the mean of its weights."""

import torch
from diffusers import AutoencoderKL
from torch.nn import functional as F

from data.example import make_examples
from presets import SQUARE
from training import MeanOfWeights, Run, as_bytes, as_input, make_optimisers

IMAGES_SEED, HELD_OUT_SEED = 10, 11


def make_autoencoder(preset):
    vae = AutoencoderKL(
        block_out_channels=preset.vae_widths,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=preset.vae_layers,
        norm_num_groups=4,
        latent_channels=4,
        sample_size=128,
    )
    with torch.no_grad():
        vae.quant_conv.bias[4:] = -6  # the latents' log variance: nearly sharp at the start
    return vae


def square_images(seed, count, processes):
    """(count, 128, 128, 3), bytes; one in ten is spoilt, because the refiner needs such latents too"""
    examples = make_examples(seed, count, (SQUARE,), spoilt_share=0.1, processes=processes)
    return torch.stack([torch.from_numpy(example.pixels.copy()) for example in examples])


def random_cuts(images, batch, side, generator):
    """The same cut for all images of a batch, as one slice."""
    pick = torch.randint(len(images), (batch,), generator=generator)
    top, left = torch.randint(images.shape[1] - side + 1, (2,), generator=generator).tolist()
    return images[pick, top : top + side, left : left + side]


def reconstruction_loss(x, y):
    """Absolute and squared differences, and those of the slopes: edges count."""
    slopes = sum((x.diff(dim=d) - y.diff(dim=d)).abs().mean() for d in (2, 3))
    return F.l1_loss(x, y) + 2 * F.mse_loss(x, y) + 0.5 * slopes


@torch.no_grad()
def psnr(vae, images, device):
    """Of all images together, dB."""
    error = 0.0
    for part in images.split(16):
        decoded = vae.decode(vae.encode(as_input(part, device)).latent_dist.mode()).sample
        error += ((torch.from_numpy(as_bytes(decoded)).float() - part.float()) ** 2).mean().item() * len(part)
    return 10 * torch.log10(torch.tensor(255**2 / (error / len(images)))).item()


@torch.no_grad()
def latent_deviation(vae, images, device):
    return torch.cat([vae.encode(as_input(part, device)).latent_dist.sample() for part in images.split(16)]).std().item()


def train_autoencoder(preset, folder, device, minutes=None):
    """Writes folder/autoencoder: diffusers' folder, float32. → AutoencoderKL"""
    torch.manual_seed(0)
    vae = make_autoencoder(preset).to(device)
    mean = MeanOfWeights(vae)
    optimisers = make_optimisers([vae], 0.012)
    parts = {"vae": vae, "mean": mean}
    run = Run(folder, "autoencoder", preset.vae_steps, parts, optimisers, minutes, device=device)
    generator = torch.Generator()  # on the CPU, as the images are
    images = square_images(IMAGES_SEED, preset.vae_images, preset.processes)
    for step, generator in run:
        side = min(preset.vae_side, images.shape[1])
        x = as_input(random_cuts(images, preset.vae_batch, side, generator.manual_seed(step)), device)
        with torch.autocast(device, torch.bfloat16, enabled=preset.bf16):
            posterior = vae.encode(x).latent_dist
            noise = torch.randn(posterior.mean.shape, generator=generator, device=device)
            y = vae.decode(posterior.mean + posterior.std * noise).sample
        run.learn(reconstruction_loss(x, y.float()) + 1e-5 * posterior.kl().mean() / posterior.mean[0].numel())
        mean.update(vae)
    vae.load_state_dict(mean.weights)
    held_out = square_images(HELD_OUT_SEED, 64 if preset.vae_steps > 10 else 4, preset.processes)
    vae.eval().register_to_config(scaling_factor=1 / latent_deviation(vae, held_out, device))
    print(f"autoencoder: {psnr(vae, held_out, device):.2f} dB on held-out images", flush=True)
    vae.save_pretrained(folder / "autoencoder")
    return vae
