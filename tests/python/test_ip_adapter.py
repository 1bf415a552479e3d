"""IP-Adapters from Python, against the goldens of diffusers."""

import json
from pathlib import Path

import glassbox
import numpy as np
import pytest
from conftest import relative
from PIL import Image
from safetensors import safe_open

GOLDENS = Path(__file__).resolve().parents[1] / "goldens"


def test_ip_adapters_draw_as_in_diffusers():
    glass = glassbox.open(GOLDENS / "models" / "three_levels_f32")
    glass.load_ip_adapter(GOLDENS, subfolder="adapters", weight_name="ip_adapter_plain.safetensors",
                          image_encoder_folder="models/image_encoder_f16")  # fmt: skip
    glass.set_ip_adapter_scale(0.8)
    with safe_open(GOLDENS / "ip_adapter_guided.safetensors", "np") as golden:
        arguments = json.loads(golden.metadata()["arguments"])
        image = Image.fromarray(golden.get_tensor("inputs/ip_image.0.0"))
        expected = golden.get_tensor("outputs/latents")
    call = {**arguments, "scheduler": "euler", "seed": 7, "output_type": "latent"}
    assert relative(glass(**call, ip_adapter_image=image).latents, expected) < 1e-4
    assert relative(glass(**call, ip_adapter_image=[[np.asarray(image)]]).latents, expected) < 1e-4
    assert "image_encoder" in [module.path for module in glass.modules]
    with pytest.raises(ValueError, match="ip_adapter_image: IP-Adapter 0 has none"):
        glass(**call)
    with pytest.raises(ValueError, match="expected one for each of 1 IP-Adapters, got 2"):
        glass(**call, ip_adapter_image=[image, image])
    with pytest.raises(ValueError, match="set_ip_adapter_scale: expected 1 scales, got 2"):
        glass.set_ip_adapter_scale([1, 2])
    with pytest.raises(RuntimeError, match="has IP-Adapters already"):
        glass.load_ip_adapter(GOLDENS / "adapters" / "ip_adapter_plus.safetensors")
