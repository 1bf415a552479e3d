"""Goldens of ControlNet: a tiny one for the tiny base, its outputs, and runs of diffusers' ControlNet pipelines.

    python control_net.py

Writes tests/goldens/models/control_net_f16/ and tests/goldens/control_net.safetensors, the outputs of all its modules,
control_net_<case>.safetensors: the pictures, the latents after every step and the images; and
control_net_parity_dump.safetensors, what examples/parity/dump_diffusers.py keeps of a controlled step.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from diffusers import (
    ControlNetModel,
    StableDiffusionXLControlNetImg2ImgPipeline,
    StableDiffusionXLControlNetInpaintPipeline,
    StableDiffusionXLControlNetPipeline,
    UNet2DConditionModel,
)

from golden import GOLDENS, randomise, record, write
from run_pipeline import open_pipeline, run_pipeline
from tiny_models import MODELS, finish_folder, new_folder

BASE, NET = "three_levels_f32", "control_net_f16"
HEIGHT, WIDTH = 40, 56
CASES = {
    "guided": {"guidance_scale": 5.0, "num_images_per_prompt": 2, "controlnet_conditioning_scale": 0.8},
    "unguided": {"guidance_scale": 1.0},
    "part": {"control_guidance_start": 0.3, "control_guidance_end": 0.7},
    "guess": {"guess_mode": True, "guidance_scale": 4.0, "num_images_per_prompt": 2},
    "guess_unguided": {"guess_mode": True, "guidance_scale": 1.0},
}


def new_net():
    unet = UNet2DConditionModel.from_pretrained(MODELS / BASE / "unet")
    net = ControlNetModel.from_unet(unet, conditioning_embedding_out_channels=(3, 4, 6, 8))
    randomise(net, 31, scale=0.8)
    folder = new_folder(NET)
    net.half().save_pretrained(folder)
    finish_folder(folder)


def open_net():
    return ControlNetModel.from_pretrained(MODELS / NET, torch_dtype=torch.float32).eval()


def picture(seed):
    return torch.rand(1, 3, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(seed))


def module():
    """Two different pictures and samples, of an odd size."""
    net = open_net()
    torch.manual_seed(12)
    inputs = {
        "sample": torch.randn(2, 4, 3, 5),
        "timestep": torch.tensor([321.0]),
        "encoder_hidden_states": torch.randn(2, 9, net.config.cross_attention_dim),
        "controlnet_cond": torch.rand(2, 3, 24, 40),
        "text_embeds": torch.randn(2, 10),
        "time_ids": torch.tensor([[64.0, 48, 0, 4, 64, 48], [32, 96, 8, 0, 48, 64]]),
    }
    added = {name: inputs[name] for name in ("text_embeds", "time_ids")}
    results = {}

    def run():
        skips, mid = net(
            inputs["sample"],
            inputs["timestep"][0],
            inputs["encoder_hidden_states"],
            inputs["controlnet_cond"],
            added_cond_kwargs=added,
            return_dict=False,
        )
        results.update({f"skip.{i}": skip for i, skip in enumerate(skips)} | {"mid": mid})
        return skips[0]

    # Inside the blocks it is the UNet, which has goldens of its own.
    outputs = {path: value for path, value in record(net, run).items() if path.count(".") < 2 or "control" in path}
    write("control_net", __file__, inputs=inputs, outputs=outputs | results)


def draw(case, kind, arguments, images, inputs, nets=1):
    net = open_net() if nets == 1 else [open_net() for _ in range(nets)]
    pipeline = open_pipeline(kind, BASE, "euler", controlnet=net)
    arguments = {"prompt": "a large red star", "num_inference_steps": 4, **arguments}
    about = {"model": BASE, "scheduler": "euler", "net": NET}
    run_pipeline(f"control_net_{case}", __file__, pipeline, arguments, images=images, inputs=inputs, **about)


def dump():
    sys.path.insert(0, str(GOLDENS.parents[1] / "examples" / "parity"))
    import dump_diffusers
    from PIL import Image

    path = GOLDENS / "control_net_parity_dump.safetensors"
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder) / "picture.png"
        pixels = np.random.default_rng(3).integers(0, 256, (24, 40, 3)).astype(np.uint8)
        Image.fromarray(pixels).save(image)
        sys.argv[1:] = [str(MODELS / BASE), str(path), "--component", "unet", "--component", "controlnet"]
        sys.argv += ["--steps", "3", "--step", "1", "--guidance-scale", "4", "--height", "24", "--width", "40", "--quiet"]
        sys.argv += ["--control", str(MODELS / NET), "--control-image", str(image), "--control-scale", "0.7", "--no-module-inputs"]
        for pattern in ("unet", "unet.mid_block", "unet.up_blocks.?", "controlnet.controlnet_*block*", "controlnet.*conv_out"):
            sys.argv += ["--only", pattern]
        dump_diffusers.main()
    path.chmod(0o644)


def main():
    new_net()
    module()
    one, two = picture(1), picture(2)
    size = {"height": HEIGHT, "width": WIDTH}
    for case, arguments in CASES.items():
        draw(case, StableDiffusionXLControlNetPipeline, arguments, {"image": one}, {"picture": one})
    several = {"controlnet_conditioning_scale": [0.5, -0.4], "control_guidance_end": [1.0, 0.5]}
    pictures = {"picture": one, "picture_2": two}
    draw("several", StableDiffusionXLControlNetPipeline, several, {"image": [one, two]}, pictures, 2)

    image = (2 * picture(3) - 1) * 0.9
    inputs = {"image": image, "picture": one}
    # These pipelines have other defaults.
    strength = {"strength": 0.6, "guidance_scale": 5.0, "controlnet_conditioning_scale": 0.8, **size}
    images = {"image": image, "control_image": one}
    draw("image", StableDiffusionXLControlNetImg2ImgPipeline, {**strength, "control_guidance_end": 0.6}, images, inputs)
    mask = (picture(4)[:, :1] > 0.5).float()
    images = {"image": image, "mask_image": mask, "control_image": one}
    draw("mask", StableDiffusionXLControlNetInpaintPipeline, strength, images, {**inputs, "mask": mask})
    dump()


if __name__ == "__main__":
    main()
