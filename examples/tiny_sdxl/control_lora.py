"""A Control-LoRA: a ControlNet that is kept as a low-rank difference from the UNet that it copies.

The form of Stability's files (stabilityai/control-lora), which diffusers' ControlNetModel holds merged:

    lora_controlnet                                     an empty tensor: the mark of these files
    input_hint_block.N.weight, .bias                    the picture's convolutions
    zero_convs.N.0.weight, .bias                        the convolution of each skip
    middle_block_out.0.weight, .bias                    and of the middle
    input_blocks. ..., middle_block. ... .down, .up     a layer's A and B: its weight is the UNet's + B A

A layer that is not in the file is the UNet's. The names are those of Stability's UNet.
"""

import re

import torch
from diffusers import ControlNetModel
from safetensors.torch import load_file, save_file

HINT_WIDTHS = (16, 16, 24, 32)
RESNET = {"conv1": "in_layers.2", "conv2": "out_layers.3", "conv_shortcut": "skip_connection"}
OWN = {
    "controlnet_cond_embedding.conv_in": "input_hint_block.0",
    "controlnet_cond_embedding.conv_out": "input_hint_block.14",
    "controlnet_mid_block": "middle_block_out.0",
    "conv_in": "input_blocks.0.0",
}


def stability_name(layer):
    """The name of a layer of a ControlNetModel of two resnets a level; of the UNet's only its convolutions."""
    if layer in OWN:
        return OWN[layer]
    if match := re.fullmatch(r"controlnet_cond_embedding\.blocks\.(\d)", layer):
        return f"input_hint_block.{2 * int(match[1]) + 2}"
    if match := re.fullmatch(r"controlnet_down_blocks\.(\d+)", layer):
        return f"zero_convs.{match[1]}.0"
    if match := re.fullmatch(r"down_blocks\.(\d)\.downsamplers\.0\.conv", layer):
        return f"input_blocks.{3 * int(match[1]) + 3}.0.op"
    if match := re.fullmatch(r"down_blocks\.(\d)\.resnets\.(\d)\.(\w+)", layer):
        return f"input_blocks.{3 * int(match[1]) + 1 + int(match[2])}.0.{RESNET[match[3]]}"
    if match := re.fullmatch(r"mid_block\.resnets\.(\d)\.(\w+)", layer):
        return f"middle_block.{2 * int(match[1])}.{RESNET[match[2]]}"
    raise ValueError(f"{layer} is no convolution of a ControlNet")


def new_control_net(unet, hint_widths):
    return ControlNetModel.from_unet(unet, conditioning_embedding_out_channels=hint_widths)


def save_control_lora(net, path):
    """net: a ControlNetModel with a LoRA of peft whose scale is 1. Writes float16."""
    tensors = {"lora_controlnet": torch.zeros(0)}
    for name, module in net.named_modules():
        if name.endswith((".lora_A.default", ".lora_B.default")):
            layer, part = name.rsplit(".lora_", 1)
            tensors[f"{stability_name(layer)}.{'down' if part[0] == 'A' else 'up'}"] = module.weight
        elif name.startswith("controlnet_") and isinstance(module, torch.nn.Conv2d):
            for kind, value in module.named_parameters():
                tensors[f"{stability_name(name)}.{kind}"] = value
    save_file({name: x.detach().half().cpu().contiguous() for name, x in tensors.items()}, path, {"format": "pt"})


@torch.no_grad()
def load_control_lora(unet, path):
    """The ControlNetModel that a Control-LoRA makes of a UNet: its low-rank differences are added to the weights."""
    tensors = {name: x.float() for name, x in load_file(path).items()}
    hints = [tensors[f"input_hint_block.{i}.weight"].shape[0] for i in (0, 4, 8, 12)]
    net = new_control_net(unet, tuple(hints))
    for name, module in net.named_modules():
        if not isinstance(module, torch.nn.Conv2d):
            continue
        stored = stability_name(name)
        if f"{stored}.weight" in tensors:
            module.weight.copy_(tensors[f"{stored}.weight"])
            module.bias.copy_(tensors[f"{stored}.bias"])
        elif f"{stored}.up" in tensors:
            up, down = tensors[f"{stored}.up"].flatten(1), tensors[f"{stored}.down"].flatten(1)
            module.weight.add_((up @ down).view_as(module.weight))
    return net.eval()
