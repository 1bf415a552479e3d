"""Examples as latents, drawn and encoded once and kept in a file: the training data of base, refiner and text encoders."""

import json
from dataclasses import dataclass

import torch
from diffusers import AutoencoderKL

from data.example import make_examples
from training import as_input

SEEDS = {"square": 20, "small": 21, "aspects": 23, "refiner": 24, "sizes": 25}
SPOILT_SHARE = 0.5  # of the refiner's images; the others' are as good as their source


@dataclass
class Bucket:
    """The latents' distribution for each image, already multiplied by scaling_factor, and its micro-conditioning."""

    mean: torch.Tensor  # (N, 4, h, w)
    deviation: torch.Tensor
    sizes: torch.Tensor  # (N, 6): original height and width, top, left, target height and width
    scores: torch.Tensor  # (N)

    def sample(self, pick, generator):
        noise = torch.randn(self.mean[pick].shape, generator=generator, device=self.mean.device)
        return self.mean[pick].float() + self.deviation[pick].float() * noise

    def to(self, device):
        return Bucket(*(getattr(self, name).to(device) for name in self.__dataclass_fields__))


@dataclass
class Latents:
    """A stage's buckets and their captions."""

    buckets: list[Bucket]
    captions: list[list[str]]


@torch.no_grad()
def encode(vae, examples, device):
    """Examples of one bucket → Bucket"""
    pixels = torch.stack([torch.from_numpy(example.pixels.copy()) for example in examples])
    posterior = vae.encode(as_input(pixels, device)).latent_dist
    scale = vae.config.scaling_factor
    sizes = [[*example.original_size, *example.crop, *example.target_size] for example in examples]
    return Bucket(
        (posterior.mean * scale).half().cpu(),
        (posterior.std * scale).half().cpu(),
        torch.tensor(sizes),
        torch.tensor([example.aesthetic_score for example in examples]),
    )


def make_latents(vae, stage, count, device, processes, batch=64):
    """`count` examples, the stage's buckets in turn."""
    pieces = [[] for _ in stage.buckets]
    captions = [[] for _ in stage.buckets]
    waiting = [[] for _ in stage.buckets]

    def flush(i):
        if waiting[i]:
            pieces[i].append(encode(vae, waiting[i], device))
            captions[i] += [example.caption for example in waiting[i]]
            waiting[i].clear()

    spoilt_share = SPOILT_SHARE if stage.name == "refiner" else 0.0
    shares = {"spoilt_share": spoilt_share, "small_share": stage.small_share}
    examples = make_examples(SEEDS[stage.name], count, stage.buckets, processes, **shares)
    for number, example in enumerate(examples):
        i = number % len(stage.buckets)
        waiting[i].append(example)
        if len(waiting[i]) == batch:
            flush(i)
        if number % 4096 == 0:
            print(f"latents of {stage.name}: {number} of {count}", flush=True)
    for i in range(len(stage.buckets)):
        flush(i)
    names = Bucket.__dataclass_fields__
    return Latents([Bucket(*(torch.cat([getattr(p, n) for p in parts]) for n in names)) for parts in pieces], captions)


def load_latents(preset, folder, device, stage, count):
    """From folder/latents.STAGE, which is made if it isn't there. → Latents on the device"""
    path = folder / f"latents.{stage.name}"
    if not path.exists():
        vae = AutoencoderKL.from_pretrained(folder / "autoencoder").to(device).eval()
        made = make_latents(vae, stage, count, device, preset.processes)
        state = {"buckets": [vars(bucket) for bucket in made.buckets], "captions": json.dumps(made.captions)}
        torch.save(state, path.with_suffix(".part"))
        path.with_suffix(".part").rename(path)
    state = torch.load(path, weights_only=True)
    return Latents([Bucket(**bucket).to(device) for bucket in state["buckets"]], json.loads(state["captions"]))
