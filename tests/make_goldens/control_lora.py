"""The golden of a Control-LoRA: a random one for the tiny base, and what diffusers' ControlNetModel computes with it merged.

    python control_lora.py

Writes tests/goldens/adapters/control_lora.safetensors by Stability's names, and tests/goldens/control_lora.safetensors.
"""

import torch
from diffusers import ControlNetModel, UNet2DConditionModel

from control_net import BASE
from golden import randomise, write
from lora import inputs_of, save, stability
from tiny_models import MODELS

HINT_WIDTHS = (3, 4, 6, 8)
HINTS = {"conv_in": 0, "conv_out": 14} | {f"blocks.{i}": 2 * i + 2 for i in range(6)}
# Layers of every kind with a difference of low rank, and layers that the file holds whole.
LAYERS = [
    "conv_in",
    "time_embedding.linear_1",
    "down_blocks.1.resnets.0.conv1",
    "down_blocks.0.downsamplers.0.conv",
    "mid_block.attentions.0.transformer_blocks.0.attn2.to_k",
    "mid_block.attentions.0.transformer_blocks.0.ff.net.0.proj",
]
WHOLE = {
    "down_blocks.0.resnets.0.norm1": "input_blocks.1.0.in_layers.0",
    "mid_block.attentions.0.proj_in": "middle_block.1.proj_in",
}


@torch.no_grad()
def main():
    unet = UNet2DConditionModel.from_pretrained(MODELS / BASE / "unet").eval()
    net = ControlNetModel.from_unet(unet, conditioning_embedding_out_channels=HINT_WIDTHS).eval()
    own = {f"controlnet_cond_embedding.{name}": f"input_hint_block.{i}" for name, i in HINTS.items()}
    own |= {f"controlnet_down_blocks.{i}": f"zero_convs.{i}.0" for i in range(len(net.controlnet_down_blocks))}
    own |= {"controlnet_mid_block": "middle_block_out.0"} | WHOLE
    tensors = {"lora_controlnet": torch.zeros(0)}
    for i, (path, name) in enumerate(own.items()):
        layer = net.get_submodule(path)
        randomise(layer, 50 + i, scale=0.8)
        tensors |= {f"{name}.{kind}": value for kind, value in layer.named_parameters()}
    torch.manual_seed(9)
    for i, path in enumerate(LAYERS):
        weight, rank = net.get_submodule(path).weight, 2 + i % 3
        down = (torch.randn(rank, *weight.shape[1:]) / weight[0].numel() ** 0.5).half().float()
        up = (0.4 * torch.randn(weight.shape[0], rank, *[1] * (weight.dim() - 2))).half().float()
        tensors |= {f"{stability(path)}.down": down, f"{stability(path)}.up": up}
        weight.add_((up.flatten(1) @ down.flatten(1)).view_as(weight))
    save("control_lora", {name: value.detach().half() for name, value in tensors.items()})

    inputs = inputs_of(unet) | {"sample": torch.randn(2, 4, 3, 5), "controlnet_cond": torch.rand(2, 3, 24, 40)}
    added = {name: inputs[name] for name in ("text_embeds", "time_ids")}
    arguments = (inputs[name] for name in ("encoder_hidden_states", "controlnet_cond"))
    skips, mid = net(inputs["sample"], inputs["timestep"][0], *arguments, added_cond_kwargs=added, return_dict=False)
    outputs = {f"skip.{i}": skip for i, skip in enumerate(skips)} | {"mid": mid}
    write("control_lora", __file__, inputs=inputs, outputs=outputs)


if __name__ == "__main__":
    main()
