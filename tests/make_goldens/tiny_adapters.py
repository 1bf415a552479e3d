"""The golden of the adapters that ship: what diffusers draws with the tiny model and examples/tiny_sdxl/adapters.

    python tiny_adapters.py

Writes tests/goldens/tiny_adapters.safetensors: for the LoRA and for the ControlNet latents and the image's bytes, the
ControlNet's picture, and the calls in the metadata.
"""

import json
import sys

import numpy as np
import torch
from diffusers import StableDiffusionXLControlNetPipeline, StableDiffusionXLPipeline
from PIL import Image

from golden import GOLDENS, write

TINY = GOLDENS.parents[1] / "examples" / "tiny_sdxl"
sys.path.insert(0, str(TINY))

from control_lora import load_control_lora  # noqa: E402
from data.draw import draw  # noqa: E402
from data.edges import canny  # noqa: E402
from data.scene import Scene, Thing  # noqa: E402

HEIGHT, WIDTH = 128, 128
COMMON = {"num_inference_steps": 15, "guidance_scale": 4, "seed": 4}
LORA = {"prompt": "a large yellow star on a blue background", "height": HEIGHT, "width": WIDTH, **COMMON}
CONTROL = {"prompt": "a pink flower on a green background", **COMMON}


def run(pipeline, call, **images):
    arguments = {name: value for name, value in call.items() if name != "seed"}

    def draw_as(output_type):
        generator = torch.Generator().manual_seed(call["seed"])
        return pipeline(**arguments, **images, generator=generator, output_type=output_type).images

    return draw_as("latent"), torch.from_numpy(np.stack([np.asarray(image) for image in draw_as("pil")]))


def main():
    pipeline = StableDiffusionXLPipeline.from_pretrained(TINY / "model", torch_dtype=torch.float32, add_watermarker=False)
    pipeline.set_progress_bar_config(disable=True)
    outputs = {}
    scene = Scene((Thing("flower", "pink"),), "green", place="on the left")
    edges = 255 * canny(draw(scene, HEIGHT, WIDTH, np.random.default_rng(2))).astype(np.uint8)
    picture = np.repeat(edges[..., None], 3, 2)
    net = load_control_lora(pipeline.unet, TINY / "adapters" / "edges.safetensors")
    settings = {"force_zeros_for_empty_prompt": False, "add_watermarker": False}  # the model's own
    controlled = StableDiffusionXLControlNetPipeline(**pipeline.components, controlnet=net, **settings)
    controlled.set_progress_bar_config(disable=True)
    outputs["control.latents"], outputs["control.pixels"] = run(controlled, CONTROL, image=Image.fromarray(picture))
    pipeline.load_lora_weights(TINY / "adapters", weight_name="contours.safetensors")
    outputs["lora.latents"], outputs["lora.pixels"] = run(pipeline, LORA)
    calls = json.dumps({"lora": LORA, "control": CONTROL})
    write("tiny_adapters", __file__, inputs={"picture": torch.from_numpy(picture)}, outputs=outputs, calls=calls)


if __name__ == "__main__":
    main()
