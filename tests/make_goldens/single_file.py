"""A tiny base model as a single file in Stability's layout, from the diffusers folder that pipeline.py wrote.

    python single_file.py

Writes tests/goldens/models/single_file_base.safetensors, and checks it: diffusers' own converters give the folder's
weights back exactly.
"""

import json
import re
from types import SimpleNamespace

import torch
from diffusers.loaders.single_file_utils import (
    convert_ldm_unet_checkpoint,
    convert_ldm_vae_checkpoint,
    convert_open_clip_checkpoint,
)
from safetensors.torch import load_file, save_file

from tiny_models import MODELS

MODEL = "every_level_bf16"
CLIP_L, OPEN_CLIP = "conditioner.embedders.0.transformer.", "conditioner.embedders.1.model."

RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
UNET = {
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "conv_in": "input_blocks.0.0",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
}
ATTENTION = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}
CLIP_LAYER = {
    "layer_norm1": "ln_1",
    "layer_norm2": "ln_2",
    "self_attn.out_proj": "attn.out_proj",
    "mlp.fc1": "mlp.c_fc",
    "mlp.fc2": "mlp.c_proj",
}


def replace_first(text, names):
    for ours, theirs in names.items():
        if text.startswith(ours + "."):
            return theirs + text[len(ours) :]
    return text


def unet_name(name, config):
    layers, up_types = config["layers_per_block"], config["up_block_types"]
    if found := re.match(r"(down|up)_blocks\.(\d+)\.(\w+)\.(\d+)\.(.*)", name):
        side, block, kind, layer, rest = found.groups()
        block, layer = int(block), int(layer)
        first = 1 + (layers + 1) * block if side == "down" else (layers + 1) * block
        blocks = "input_blocks" if side == "down" else "output_blocks"
        if kind == "resnets":
            return f"{blocks}.{first + layer}.0.{replace_first(rest, RESNET)}"
        if kind == "attentions":
            return f"{blocks}.{first + layer}.1.{rest}"
        if kind == "downsamplers":
            return f"{blocks}.{first + layers}.0.op.{rest.removeprefix('conv.')}"
        return f"{blocks}.{first + layers}.{2 if 'Cross' in up_types[block] else 1}.{rest}"
    if found := re.match(r"mid_block\.(\w+)\.(\d+)\.(.*)", name):
        kind, layer, rest = found.groups()
        place = 1 if kind == "attentions" else 2 * int(layer)
        return f"middle_block.{place}.{replace_first(rest, RESNET)}"
    return replace_first(name, UNET)


def vae_name(name, levels):
    name = name.replace("conv_norm_out", "norm_out").replace("conv_shortcut", "nin_shortcut")
    name = re.sub(r"mid_block\.resnets\.(\d)", lambda m: f"mid.block_{int(m[1]) + 1}", name)
    if found := re.match(r"(.*)mid_block\.attentions\.0\.(.*)", name):
        return f"{found[1]}mid.attn_1.{replace_first(found[2], ATTENTION)}"
    name = re.sub(r"down_blocks\.(\d)\.resnets", r"down.\1.block", name)
    name = re.sub(r"down_blocks\.(\d)\.downsamplers\.0", r"down.\1.downsample", name)
    name = re.sub(r"up_blocks\.(\d)\.resnets", lambda m: f"up.{levels - 1 - int(m[1])}.block", name)
    return re.sub(r"up_blocks\.(\d)\.upsamplers\.0", lambda m: f"up.{levels - 1 - int(m[1])}.upsample", name)


def open_clip(weights):
    """OpenCLIP's names: queries, keys and values in one, the projection stored as (in, out)."""
    result = {
        "token_embedding.weight": weights["text_model.embeddings.token_embedding.weight"],
        "positional_embedding": weights["text_model.embeddings.position_embedding.weight"],
        "ln_final.weight": weights["text_model.final_layer_norm.weight"],
        "ln_final.bias": weights["text_model.final_layer_norm.bias"],
        "text_projection": weights["text_projection.weight"].T.contiguous(),
        "logit_scale": torch.tensor(4.6),
    }
    for name, values in weights.items():
        found = re.match(r"text_model\.encoder\.layers\.(\d+)\.(.*)", name)
        if not found:
            continue
        layer, rest = f"transformer.resblocks.{found[1]}.", found[2]
        if rest.startswith("self_attn.q_proj"):
            parts = [weights[name.replace("q_proj", f"{one}_proj")] for one in "qkv"]
            result[f"{layer}attn.in_proj_{rest.split('.')[-1]}"] = torch.cat(parts)
        elif not re.match(r"self_attn\.[kv]_proj", rest):
            result[layer + replace_first(rest, CLIP_LAYER)] = values
    return result


def check_same(name, ours, theirs):
    assert set(ours) == set(theirs), (name, set(ours) ^ set(theirs))
    for key, values in theirs.items():
        assert torch.equal(ours[key].reshape(values.shape), values), (name, key)
    print(f"{name}: {len(theirs)} tensors are equal")


def load_parts(folder):
    """The weights of a model in diffusers' layout, by component."""
    parts = ("unet", "vae", "text_encoder", "text_encoder_2")
    return {part: load_file(next((folder / part).glob("*.safetensors"))) for part in parts}


def load_config(folder, part):
    return json.loads((folder / part / "config.json").read_text())


def to_single_file(folder, parts):
    """The same weights by the names of a single file."""
    unet_config, levels = load_config(folder, "unet"), len(load_config(folder, "vae")["block_out_channels"])
    file = {}
    for name, values in parts["unet"].items():
        file["model.diffusion_model." + unet_name(name, unet_config)] = values
    for name, values in parts["vae"].items():
        is_matrix = re.search(r"attentions\.0\.to_.*weight", name)
        file["first_stage_model." + vae_name(name, levels)] = values[:, :, None, None] if is_matrix else values
    for name, values in parts["text_encoder"].items():
        file[CLIP_L + "text_model." + name.removeprefix("text_model.")] = values
    file[CLIP_L + "text_model.embeddings.position_ids"] = torch.arange(77)[None]
    file.update({OPEN_CLIP + name: values for name, values in open_clip(parts["text_encoder_2"]).items()})
    file["denoiser.sigmas"] = torch.ones(3)
    return {name: values.contiguous() for name, values in file.items()}


def main():
    folder = MODELS / MODEL
    parts = load_parts(folder)
    file = to_single_file(folder, parts)
    check_same("unet", convert_ldm_unet_checkpoint(dict(file), load_config(folder, "unet")), parts["unet"])
    check_same("vae", convert_ldm_vae_checkpoint(dict(file), load_config(folder, "vae")), parts["vae"])
    encoder = SimpleNamespace(config=SimpleNamespace(hidden_size=6))
    back = convert_open_clip_checkpoint(encoder, dict(file), OPEN_CLIP)
    back = {name: values for name, values in back.items() if not name.endswith("position_ids")}
    check_same("text_encoder_2", back, parts["text_encoder_2"])

    path = MODELS / "single_file_base.safetensors"
    save_file(file, path)
    path.chmod(0o644)
    print(f"{path.name}: {path.stat().st_size / 1024:.0f} KB, {len(file)} tensors")


if __name__ == "__main__":
    main()
