"""The figures of chapter 16."""

import os
import subprocess
import tempfile
from pathlib import Path

import glassbox
import matplotlib.pyplot as plt
import numpy as np
from glassbox import _glassbox as core
from PIL import Image
from tensor_file import save

PROMPT = "a large yellow star on a blue background"
SETTINGS = {"num_inference_steps": 25, "guidance_scale": 4}


def row(images, titles, width=8.4):
    figure, axes = plt.subplots(1, len(images), figsize=(width, width / len(images) + 0.35))
    for axis, image, title in zip(axes, images, titles):
        axis.imshow(np.asarray(image))
        axis.set_title(title, fontsize=9)
        axis.axis("off")
    figure.tight_layout(pad=0.4)
    return figure


def strengths(glass, ink):
    star = glass(PROMPT, seed=1, **SETTINGS).images[0]
    shares = (0.2, 0.4, 0.6, 0.8, 1.0)
    images = [glass.image_to_image("a large red heart on a blue background", image=star, strength=s, seed=2, **SETTINGS).images[0]
              for s in shares]
    return row([star, *images], ["the picture", *(f"strength {s}" for s in shares)])


def masks(glass, ink):
    star = glass(PROMPT, seed=1, **SETTINGS).images[0]
    mask = Image.new("L", (128, 128), 0)
    mask.paste(255, (64, 0, 128, 128))
    with glassbox.record("unet", inputs=True) as seen:
        output = glass.inpaint("a large red star on a blue background", image=star, mask_image=mask, seed=2, **SETTINGS)
    pale = np.asarray(star).astype(float)
    pale[:, 64:] = 0.25 * pale[:, 64:] + 0.75 * 255
    images, chosen = [pale.astype(np.uint8)], (0, 8, 16, 23)
    for i in chosen:
        x = core.decode_latents(glass.vae, seen.inputs["unet"][i]["sample"][1:2], False)[0].transpose(1, 2, 0)
        images.append(np.clip(x * 0.5 + 0.5, 0, 1))
    return row([*images, output.images[0]], ["the picture", *(f"step {i + 1}" for i in chosen), "the result"])


def large(glass, ink):
    command = [os.environ["SDXL_PROGRAM"], "generate", "--quiet", "--prompt", PROMPT, "--steps", "25", "--guidance-scale", "4",
               "--seed", "1"]
    images = []
    with tempfile.TemporaryDirectory() as folder:
        for name, options in (("direct", ["--height", "256", "--width", "256"]), ("fixed", ["--hires-scale", "2"])):
            path = Path(folder) / f"{name}.png"
            subprocess.run([*command, *options, "--output", path], check=True)
            images.append(np.asarray(Image.open(path)))
    return row(images, ["drawn at 256 × 256", "drawn at 128 × 128, enlarged, drawn on"], 6)


def features(glass, prompt):
    first = glass.text_encoder(np.array([glass.tokenizer(prompt).ids])).hidden_states[-2][0]
    second = glass.text_encoder_2(np.array([glass.tokenizer_2(prompt).ids])).hidden_states[-2][0]
    return np.concatenate([first, second], -1).astype(float)


def yellow_as_red(glass, rank):
    """{name: matrix} of a LoRA with which the cross-attentions read "yellow" as "red" """
    yellow, red = features(glass, PROMPT), features(glass, PROMPT.replace("yellow", "red"))
    change = np.linalg.solve(yellow.T @ yellow + 0.01 * np.eye(160), yellow.T @ (red - yellow)).T
    left, values, right = np.linalg.svd(change)
    pairs = {}
    for name, weight in glass.unet.state_dict().items():
        if name.endswith(("attn2.to_k.weight", "attn2.to_v.weight")):
            layer = "unet." + name.removesuffix(".weight")
            pairs[layer + ".lora_A.weight"] = right[:rank]
            pairs[layer + ".lora_B.weight"] = weight @ left[:, :rank] * values[:rank]
    return pairs


def lora(glass, ink):
    wanted = [(PROMPT, 0, "scale 0"), (PROMPT, 0.5, "scale 0.5"), (PROMPT, 1, "scale 1"), (PROMPT, 2, "scale 2"),
              ("a large yellow ring on a black background", 2, "yellow ring, 2"),
              ("a large green heart on a white background", 2, "green heart, 2")]
    images = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "red.safetensors"
        save(path, yellow_as_red(glass, 4))
        for prompt, scale, _ in wanted:
            glass.set_adapters([(str(path), float(scale))])
            images.append(glass(prompt, seed=1, **SETTINGS).images[0])
        glass.set_adapters([])
    return row(images, [title for _, _, title in wanted])
