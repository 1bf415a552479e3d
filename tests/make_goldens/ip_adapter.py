"""Goldens of IP-Adapters: a tiny image encoder and two adapters for the tiny base, their modules, and runs of diffusers.

    python ip_adapter.py

Writes tests/goldens/models/image_encoder_f16/, tests/goldens/adapters/ip_adapter_<kind>.safetensors by the published
files' names, clip_vision.safetensors (the image processor and the encoder), ip_adapter.safetensors (the UNet's new
modules, two adapters and two images each) and ip_adapter_<case>.safetensors: the images, the latents after every step
and the pictures.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from diffusers import (
    ControlNetModel,
    StableDiffusionXLControlNetPipeline,
    StableDiffusionXLImg2ImgPipeline,
    StableDiffusionXLInpaintPipeline,
    StableDiffusionXLPipeline,
)
from PIL import Image
from safetensors import safe_open
from safetensors.numpy import save_file
from transformers import CLIPImageProcessor, CLIPVisionConfig, CLIPVisionModelWithProjection

from golden import GOLDENS, randomise, record, write
from lora import ADAPTERS, dump_diffusers, inputs_of, save
from run_pipeline import noise_image, open_pipeline, run_pipeline
from tiny_models import MODELS, finish_folder, new_folder

BASE, ENCODER = "three_levels_f32", "image_encoder_f16"
HEIGHT, WIDTH = 40, 56
SIDE = 30  # pixels of the encoder's image: 4 patches of 7 a side, and 2 pixels that no patch has
TOKENS, HIDDEN, DEPTH, HEADS = 5, 10, 4, 2  # of the resampler; diffusers' depth is always 4, its heads have 64


def new_encoder():
    config = CLIPVisionConfig(
        hidden_size=24,
        intermediate_size=40,
        num_hidden_layers=3,
        num_attention_heads=3,
        image_size=SIDE,
        patch_size=7,
        hidden_act="gelu",
        projection_dim=10,
    )
    encoder = CLIPVisionModelWithProjection(config)
    randomise(encoder, 41)
    folder = new_folder(ENCODER)
    encoder.half().save_pretrained(folder)
    finish_folder(folder)


def open_encoder():
    return CLIPVisionModelWithProjection.from_pretrained(MODELS / ENCODER, torch_dtype=torch.float32).eval()


def processor():
    return CLIPImageProcessor(size=SIDE, crop_size=SIDE)


def picture(seed, height, width):
    """Waves of colour with a little noise."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    waves = [127 + 120 * np.sin(x / (3 + seed) + channel) * np.cos(y / (5 + channel)) for channel in range(3)]
    image = np.stack(waves, axis=-1) + random.normal(0, 8, (height, width, 3))
    return Image.fromarray(image.clip(0, 255).astype(np.uint8))


def bytes_of(image):
    return torch.from_numpy(np.asarray(image).copy())


WIDE, HIGH = picture(1, 47, 83), picture(2, 95, 36)


def vision():
    encoder = open_encoder()
    pixels = processor()(images=[WIDE, HIGH], return_tensors="pt").pixel_values
    hidden = {}

    def run():
        features = encoder(pixels, output_hidden_states=True)
        hidden.update({f"hidden_states.{i}": state for i, state in enumerate(features.hidden_states)})
        return features.image_embeds

    outputs = record(encoder, run)
    outputs = {path: value for path, value in outputs.items() if ".layers.1." not in path}
    write("clip_vision", __file__, inputs={"wide": bytes_of(WIDE), "high": bytes_of(HIGH), "pixel_values": pixels, **hidden},
          outputs=outputs)


def cross_attentions(unet):
    return [name for name in unet.attn_processors if name.endswith("attn2.processor")]


def numbers(generator, *shape, scale=1.0):
    return (scale * torch.randn(shape, generator=generator)).half()


def matrix(generator, outputs, inputs, scale=1.0):
    return numbers(generator, outputs, inputs, scale=scale / inputs**0.5)


def norm(generator, name, width):
    return {f"{name}.weight": 1 + numbers(generator, width, scale=0.3), f"{name}.bias": numbers(generator, width, scale=0.2)}


def plain_projector(generator, inputs, channels):
    return {
        "image_proj.proj.weight": matrix(generator, 4 * channels, inputs),
        "image_proj.proj.bias": numbers(generator, 4 * channels, scale=0.2),
        **norm(generator, "image_proj.norm", channels),
    }


def plus_projector(generator, inputs, channels):
    tensors = {
        "image_proj.latents": numbers(generator, 1, TOKENS, HIDDEN, scale=0.5),
        "image_proj.proj_in.weight": matrix(generator, HIDDEN, inputs),
        "image_proj.proj_in.bias": numbers(generator, HIDDEN, scale=0.2),
        "image_proj.proj_out.weight": matrix(generator, channels, HIDDEN),
        "image_proj.proj_out.bias": numbers(generator, channels, scale=0.2),
        **norm(generator, "image_proj.norm_out", channels),
    }
    inner = 64 * HEADS
    for i in range(DEPTH):
        front = f"image_proj.layers.{i}"
        tensors |= {
            **norm(generator, f"{front}.0.norm1", HIDDEN),
            **norm(generator, f"{front}.0.norm2", HIDDEN),
            f"{front}.0.to_q.weight": matrix(generator, inner, HIDDEN),
            f"{front}.0.to_kv.weight": matrix(generator, 2 * inner, HIDDEN),
            f"{front}.0.to_out.weight": matrix(generator, HIDDEN, inner),
            **norm(generator, f"{front}.1.0", HIDDEN),
            f"{front}.1.1.weight": matrix(generator, 4 * HIDDEN, HIDDEN),
            f"{front}.1.3.weight": matrix(generator, HIDDEN, 4 * HIDDEN),
        }
    return tensors


def new_adapter(unet, name, projector, inputs, seed):
    generator = torch.Generator().manual_seed(seed)
    channels = unet.config.cross_attention_dim
    tensors = projector(generator, inputs, channels)
    for i, path in enumerate(cross_attentions(unet)):
        width = unet.get_submodule(path.removesuffix(".processor")).to_q.weight.shape[0]
        for part in ("to_k_ip", "to_v_ip"):
            tensors[f"ip_adapter.{2 * i + 1}.{part}.weight"] = matrix(generator, width, channels, scale=1.5)
    save(f"ip_adapter_{name}", tensors)


def open_with(kind, adapters, loras=(), **components):
    pipeline = open_pipeline(kind, BASE, "euler", image_encoder=open_encoder(), feature_extractor=processor(), **components)
    for name in loras:
        pipeline.load_lora_weights(ADAPTERS, weight_name=f"{name}.safetensors", adapter_name="default")
    files = [f"ip_adapter_{name}.safetensors" for name in adapters]
    pipeline.load_ip_adapter(ADAPTERS, subfolder="", weight_name=files, image_encoder_folder=None)
    pipeline.unet.float()
    return pipeline


@torch.no_grad()
def modules():
    """The UNet with both adapters, two images for each."""
    pipeline = open_with(StableDiffusionXLPipeline, ["plain", "plus"])
    pipeline.set_ip_adapter_scale([0.7, -0.4])
    encoder, unet = pipeline.image_encoder, pipeline.unet
    pixels = processor()(images=[WIDE, HIGH], return_tensors="pt").pixel_values
    embeds = encoder(pixels).image_embeds
    states = encoder(pixels, output_hidden_states=True).hidden_states[-2]
    images = {
        "image_embeds.0": torch.stack([torch.zeros_like(embeds), embeds]),
        "image_embeds.1": torch.stack([states, states.flip(0)]),
    }
    inputs = inputs_of(unet)
    added = {name: inputs[name] for name in ("text_embeds", "time_ids")} | {"image_embeds": list(images.values())}

    def run():
        return unet(inputs["sample"], inputs["timestep"][0], inputs["encoder_hidden_states"], added_cond_kwargs=added,
                    return_dict=False)[0]

    outputs = record(unet, run)
    # Of the resampler's four equal blocks the first, of the keys and values all keys and those of the middle.
    skipped = (".layers.1.", ".layers.2.", ".layers.3.")
    kept = {path: value for path, value in outputs.items()
            if not path or "to_k_ip" in path or path.startswith("mid_block.") and "to_v_ip" in path
            or path.endswith("mid_block") or "encoder_hid_proj" in path and not any(part in path for part in skipped)}
    write("ip_adapter", __file__, inputs=inputs | images, outputs=kept, model=BASE, adapters="plain,plus", scales="0.7,-0.4")


def draw(case, kind, adapters, arguments, images, *, scales=1.0, loras=(), others=None, inputs=None, **components):
    """`images`: for each adapter one or several."""
    pipeline = open_with(kind, adapters, loras, **components)
    pipeline.set_ip_adapter_scale(scales)
    arguments = {"prompt": "a large red star", "num_inference_steps": 4, **arguments}
    stored = {f"ip_image.{i}.{k}": bytes_of(image) for i, group in enumerate(images) for k, image in enumerate(group)}
    given = [group if len(group) > 1 else group[0] for group in images]
    about = {"model": BASE, "scheduler": "euler", "adapters": ",".join(adapters), "loras": ",".join(loras),
             "scales": ",".join(map(str, scales if isinstance(scales, list) else [scales]))}
    run_pipeline(f"ip_adapter_{case}", __file__, pipeline, arguments, images={"ip_adapter_image": given, **(others or {})},
                 inputs=stored | (inputs or {}), **about)


def dump():
    """The golden of `sdxl parity --ip-adapter`: what examples/parity/dump_diffusers.py keeps of a step with both."""
    path = GOLDENS / "ip_adapter_parity_dump.safetensors"
    with tempfile.TemporaryDirectory() as folder:
        sys.argv[1:] = [str(MODELS / BASE), str(path), "--component", "unet", "--steps", "1", "--guidance-scale", "3"]
        sys.argv += ["--height", "16", "--width", "24", "--quiet", "--ip-encoder", str(MODELS / ENCODER)]
        sys.argv += ["--only", "unet.mid_block.*.attn2*", "--only", "*_layers.0*", "--only", "*.norm_out"]
        for name, scale, image in (("plain", 0.7, WIDE), ("plus", -0.4, HIGH)):
            image.save(Path(folder) / f"{name}.png")
            sys.argv += ["--ip-adapter", str(ADAPTERS / f"ip_adapter_{name}.safetensors"), "--ip-scale", str(scale)]
            sys.argv += ["--ip-image", str(Path(folder) / f"{name}.png")]
        dump_diffusers.main()
    with safe_open(path, "np") as file:  # without the sums of the weights, half of it
        metadata = file.metadata() | {"weights": "{}"}
        tensors = {name: file.get_tensor(name) for name in file.keys()}
    save_file(tensors, path, metadata)
    path.chmod(0o644)


def main():
    new_encoder()
    vision()
    unet = open_pipeline(StableDiffusionXLPipeline, BASE, "euler").unet
    encoder = open_encoder()
    new_adapter(unet, "plain", plain_projector, encoder.config.projection_dim, 51)
    new_adapter(unet, "plus", plus_projector, encoder.config.hidden_size, 52)
    modules()

    text, size = StableDiffusionXLPipeline, {"height": HEIGHT, "width": WIDTH}
    draw("guided", text, ["plain"], {**size, "guidance_scale": 5.0, "num_images_per_prompt": 2}, [[WIDE]], scales=0.8)
    draw("unguided", text, ["plain"], {**size, "guidance_scale": 1.0}, [[HIGH]])
    draw("plus", text, ["plus"], {**size, "guidance_scale": 4.0, "num_images_per_prompt": 2}, [[HIGH]], scales=0.6)
    draw("several", text, ["plain", "plus"], {**size, "guidance_scale": 3.0}, [[WIDE, HIGH], [HIGH]], scales=[0.7, -0.4])

    image = noise_image(HEIGHT, WIDTH) * 0.9
    strength = {"strength": 0.6, "guidance_scale": 5.0}
    draw("image", StableDiffusionXLImg2ImgPipeline, ["plain"], strength, [[WIDE]], others={"image": image},
         inputs={"image": image})
    mask = (torch.rand(1, 1, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(4)) > 0.5).float()
    draw("mask", StableDiffusionXLInpaintPipeline, ["plus"], {**strength, **size}, [[WIDE]],
         others={"image": image, "mask_image": mask}, inputs={"image": image, "mask": mask})

    edges = torch.rand(1, 3, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(1))
    net = ControlNetModel.from_pretrained(MODELS / "control_net_f16", torch_dtype=torch.float32).eval()
    arguments = {"guidance_scale": 5.0, "num_images_per_prompt": 2, "controlnet_conditioning_scale": 0.8}
    draw("everything", StableDiffusionXLControlNetPipeline, ["plus"], arguments, [[HIGH]], scales=0.9,
         loras=["diffusers"], others={"image": edges}, inputs={"picture": edges}, controlnet=net)
    dump()


if __name__ == "__main__":
    main()
