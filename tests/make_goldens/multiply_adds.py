"""Multiply-adds of each module of the tiny models of other goldens, by PyTorch's flop counter."""

import json

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from safetensors import safe_open
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from golden import GOLDENS, versions


def read(name):
    with safe_open(GOLDENS / f"{name}.safetensors", "pt") as file:
        inputs = {key.split("/", 1)[1]: file.get_tensor(key) for key in file.keys() if key.startswith("inputs/")}
        return json.loads(file.metadata()["config"]), inputs


def count(model, run):
    """{path: multiply-adds}, of those modules that multiply. Attention counts as its matrix products."""
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        run()
    counts = {}
    for path, operations in counter.get_flop_counts().items():
        first, _, rest = path.partition(".")
        if first == type(model).__name__:
            counts[rest] = sum(operations.values()) // 2
    return counts


def unet(name):
    config, x = read(name)
    model = UNet2DConditionModel.from_config(config).eval()
    added = {key: x[key] for key in ("text_embeds", "time_ids") if key in x}
    return count(
        model, lambda: model(x["sample"], x["timestep"], x["encoder_hidden_states"], added_cond_kwargs=added)
    )


class ThereAndBack(torch.nn.Module):
    """Runs both halves of an autoencoder under one module, so that the counter has their paths."""

    def __init__(self, vae):
        super().__init__()
        for name in ("encoder", "quant_conv", "post_quant_conv", "decoder"):
            setattr(self, name, getattr(vae, name))

    def forward(self, image, latents):
        self.quant_conv(self.encoder(image))
        self.decoder(self.post_quant_conv(latents))


def vae():
    config, x = read("vae_sdxl")
    model = ThereAndBack(AutoencoderKL.from_config(config).eval())
    return count(model, lambda: model(x["image"], x["latents"]))


if __name__ == "__main__":
    counts = {name: unet(name) for name in ("unet_base", "unet_refiner", "unet_sd15")} | {"vae_sdxl": vae()}
    text = json.dumps({"versions": versions(), **counts}, indent=0)
    (GOLDENS / "multiply_adds.json").write_text(text + "\n")
    print({name: modules[""] for name, modules in counts.items()})
