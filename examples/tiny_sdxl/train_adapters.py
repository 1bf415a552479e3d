"""What hangs on the finished base: a LoRA that draws contours, and a ControlNet that follows edges.

Both leave the base as it is. The LoRA (arXiv 2106.09685) learns a style that the grammar does not have. The ControlNet
(arXiv 2302.05543) is a Control-LoRA: a copy of the base's downward half whose own part is small (control_lora.py).
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from diffusers import AutoencoderKL, DDPMScheduler, StableDiffusionXLPipeline, UNet2DConditionModel
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict

from control_lora import HINT_WIDTHS, new_control_net, save_control_lora
from data.draw import draw
from data.edges import canny
from data.example import BEST_SCORE, Example
from data.scene import random_caption, random_scene
from latents import Bucket, encode
from presets import SQUARE
from training import MeanOfWeights, Run
from unet import SCHEDULE, Text, added_numbers

SEEDS = {"lora": 30, "control_net": 31}
RANK = 4
# Every attention's matrices, and the convolutions of the two finest levels of the upward half.
LORA_LAYERS = r".*attn\d\.(to_q|to_k|to_v|to_out\.0)|up_blocks\.[12]\.resnets\.\d\.conv[12]"
CONTROL_RANK = 8
CONTROL_LAYERS = r"(down|mid)_block.*\.(conv1|conv2|conv_shortcut|conv)"
LORA_RATE, CONTROL_RATE = 3e-3, 2e-3


@dataclass
class Pictures:
    """Scenes as latents, their captions and, for a ControlNet, their edges."""

    bucket: Bucket
    captions: list[str]
    edges: torch.Tensor | None  # (N, H, W), 0 or 1


def make_example(seed, number, contours, dropped_share):
    rng = np.random.default_rng([seed, number])
    scene = random_scene(rng)
    if scene.style == "mosaic":  # its tiles hide contours, and have edges of their own
        scene = replace(scene, style="")
    pixels = draw(scene, *SQUARE, rng, contours)
    return Example(pixels, random_caption(rng, scene, dropped_share), SQUARE, (0, 0), BEST_SCORE)


@torch.no_grad()
def load_pictures(preset, folder, device, name, batch=64):
    """From folder/latents.NAME, which is made if it isn't there."""
    path = folder / f"latents.{name}"
    if not path.exists():
        vae = AutoencoderKL.from_pretrained(folder / "autoencoder").to(device).eval()
        is_control = name == "control_net"
        share = 0.3 if is_control else 0.08  # what the edges show need not be in the caption
        pieces, captions, edges = [], [], []
        for start in range(0, preset.adapter_images, batch):
            numbers = range(start, min(start + batch, preset.adapter_images))
            examples = [make_example(SEEDS[name], number, not is_control, share) for number in numbers]
            pieces.append(encode(vae, examples, device))
            captions += [example.caption for example in examples]
            if is_control:
                edges += [torch.from_numpy(canny(example.pixels)) for example in examples]
        fields = {field: torch.cat([getattr(p, field) for p in pieces]) for field in Bucket.__dataclass_fields__}
        state = {"bucket": fields, "captions": captions, "edges": torch.stack(edges) if edges else None}
        torch.save(state, path.with_suffix(".part"))
        path.with_suffix(".part").rename(path)
    state = torch.load(path, weights_only=True)
    return Pictures(Bucket(**state["bucket"]).to(device), state["captions"], state["edges"])


def train_adapter(run, mean, trained, predict, pictures, preset, text, dropped_share):
    """The paper's plain loss. predict: noisy latents, levels, context, added inputs, pick → noise"""
    device, bucket = run.device, pictures.bucket
    ids, empty = text.ids(pictures.captions, 77), text.ids([""], 77)
    alphas = DDPMScheduler(**SCHEDULE).alphas_cumprod.to(device)
    for _, generator in run:

        def random(*shape, of=torch.randn):
            return of(shape, generator=generator, device=device)

        batch = preset.adapter_batch
        pick = torch.randint(len(ids), (batch,), generator=generator, device=device)
        x = bucket.sample(pick, generator)
        t = torch.randint(len(alphas), (batch,), generator=generator, device=device)
        a, noise = alphas[t].view(-1, 1, 1, 1), random(*x.shape)
        dropped = random(batch, 1, of=torch.rand) < dropped_share
        context, pooled = text.features(torch.where(dropped, empty, ids[pick]))
        added = {"text_embeds": pooled, "time_ids": added_numbers(bucket, pick, is_refiner=False)}
        with torch.autocast(device, torch.bfloat16, enabled=preset.bf16):
            eps = predict(a.sqrt() * x + (1 - a).sqrt() * noise, t, context, added, pick)
        run.learn(((eps.float() - noise) ** 2).mean())
        mean.update(trained)
    trained.load_state_dict(mean.weights)


def begin(preset, folder, device, name, steps, trained, rate, minutes):
    """→ what train_adapter needs: the run, the mean of the weights, the data, the text encoders"""
    mean = MeanOfWeights(trained, 0.99)
    optimiser = torch.optim.AdamW(trained.parameters(), rate, betas=(0.9, 0.99), weight_decay=0.0)
    pictures = load_pictures(preset, folder, device, name)
    run = Run(folder, name, steps, {"trained": trained, "mean": mean}, [optimiser], minutes, device=device)
    return run, mean, pictures, Text(folder, device, is_refiner=False)


def low_rank_layers(model):
    return torch.nn.ModuleList(
        layer for name, layer in model.named_modules() if name.endswith((".lora_A.default", ".lora_B.default"))
    )


def load_base(folder, device):
    return UNet2DConditionModel.from_pretrained(folder / "unet").requires_grad_(False).to(device)


def train_lora(preset, folder, device, minutes=None):
    """Writes folder/adapters/contours.safetensors, float16, by diffusers' names."""
    torch.manual_seed(4)
    unet = load_base(folder, device)
    unet.add_adapter(LoraConfig(r=RANK, lora_alpha=RANK, target_modules=LORA_LAYERS))
    trained = low_rank_layers(unet)
    run, mean, pictures, text = begin(preset, folder, device, "lora", preset.lora_steps, trained, LORA_RATE, minutes)

    def predict(x, t, context, added, _pick):
        return unet(x, t, context, added_cond_kwargs=added).sample

    train_adapter(run, mean, trained, predict, pictures, preset, text, dropped_share=0.1)
    state = {name: x.half().cpu().contiguous() for name, x in get_peft_model_state_dict(unet).items()}
    name = "contours.safetensors"
    StableDiffusionXLPipeline.save_lora_weights(folder / "adapters", unet_lora_layers=state, weight_name=name)
    report(folder / "adapters" / name)


def train_control_net(preset, folder, device, minutes=None):
    """Writes folder/adapters/edges.safetensors, float16: a Control-LoRA by Stability's names."""
    torch.manual_seed(5)
    unet = load_base(folder, device)
    net = new_control_net(unet, HINT_WIDTHS).requires_grad_(False).to(device)
    net.add_adapter(LoraConfig(r=CONTROL_RANK, lora_alpha=CONTROL_RANK, target_modules=CONTROL_LAYERS))
    own = [net.controlnet_cond_embedding, net.controlnet_down_blocks, net.controlnet_mid_block]
    trained = torch.nn.ModuleList([*own, low_rank_layers(net)]).requires_grad_(True)
    steps = preset.control_steps
    run, mean, pictures, text = begin(preset, folder, device, "control_net", steps, trained, CONTROL_RATE, minutes)

    def predict(x, t, context, added, pick):
        picture = pictures.edges[pick.cpu(), None].expand(-1, 3, -1, -1).to(device, x.dtype)
        skips, mid = net(x, t, context, picture, added_cond_kwargs=added, return_dict=False)
        residuals = {"down_block_additional_residuals": skips, "mid_block_additional_residual": mid}
        return unet(x, t, context, added_cond_kwargs=added, **residuals).sample

    train_adapter(run, mean, trained, predict, pictures, preset, text, dropped_share=0.3)
    (folder / "adapters").mkdir(exist_ok=True)
    save_control_lora(net, folder / "adapters" / "edges.safetensors")
    report(folder / "adapters" / "edges.safetensors")


def report(path):
    print(f"{path}: {path.stat().st_size / 1000:.0f} KB", flush=True)
