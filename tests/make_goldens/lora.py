"""Goldens of adapters on a tiny model, as diffusers and peft run them: a LoRA in every naming, DoRA, LoCon, LoHa, LoKr.

    python lora.py

Writes tests/goldens/adapters/<adapter>.safetensors, adapters' files, and tests/goldens/lora_<case>.safetensors:
outputs of the UNet and of the layers with an adapter, merged weights, latents and images of whole runs, and a dump for
`sdxl parity --lora`.

The reference is diffusers' own naming, with every alpha in the metadata. Of kohya's names diffusers 0.42.1 loses
add_embedding_linear_2 (in diffusers' block names) and the second text encoder's v_proj, and gives attentions the most
frequent alpha of the file in place of their own.
"""

import json
import re
import sys

import peft
import torch
from diffusers import StableDiffusionXLPipeline, UNet2DConditionModel
from safetensors.torch import save_file

from golden import GOLDENS, record, write
from run_pipeline import open_pipeline, run_pipeline
from tiny_models import MODELS

sys.path.insert(0, str(GOLDENS.parents[1] / "examples" / "parity"))

import dump_diffusers  # noqa: E402

MODEL = "three_levels_f32"
ADAPTERS = GOLDENS / "adapters"
ATTENTION = "mid_block.attentions.0.transformer_blocks.0.attn"
# One layer of every kind: convolutions of 3x3, 1x1, with a stride, an upsampling; matrices with and without a bias.
LAYERS = {
    "unet": [
        "conv_in",
        "conv_out",
        "time_embedding.linear_1",
        "add_embedding.linear_2",
        "down_blocks.1.resnets.0.conv1",
        "down_blocks.1.resnets.0.conv_shortcut",
        "down_blocks.1.resnets.0.time_emb_proj",
        "down_blocks.0.downsamplers.0.conv",
        "up_blocks.0.upsamplers.0.conv",
        "up_blocks.1.upsamplers.0.conv",
        "up_blocks.0.resnets.1.conv2",
        "mid_block.attentions.0.proj_in",
        ATTENTION + "1.to_q",
        ATTENTION + "1.to_out.0",
        ATTENTION + "2.to_k",
        ATTENTION + "2.to_v",
        "mid_block.attentions.0.transformer_blocks.1.ff.net.0.proj",
    ],
    "text_encoder": [f"encoder.layers.0.{name}" for name in ("self_attn.q_proj", "self_attn.out_proj", "mlp.fc1")],
    "text_encoder_2": [f"text_model.encoder.layers.1.{name}" for name in ("self_attn.v_proj", "mlp.fc2")],
}
KOHYA = {"unet": "lora_unet_", "text_encoder": "lora_te1_", "text_encoder_2": "lora_te2_"}
RESNET = {"conv1": "in_layers.2", "conv2": "out_layers.3", "conv_shortcut": "skip_connection"}
RESNET |= {"time_emb_proj": "emb_layers.1"}
ENDS = {
    "conv_in": "input_blocks.0.0",
    "conv_out": "out.2",
    "time_embedding.linear_1": "time_embed.0",
    "add_embedding.linear_2": "label_emb.0.2",
}


def stability(path):
    """A layer's name in Stability's UNet, of one resnet a level and attention in the up blocks 0 and 1."""
    if path in ENDS:
        return ENDS[path]
    if match := re.fullmatch(r"down_blocks\.(\d)\.downsamplers\.0\.conv", path):
        return f"input_blocks.{2 * int(match[1]) + 2}.0.op"
    if match := re.fullmatch(r"up_blocks\.(\d)\.upsamplers\.0\.conv", path):
        return f"output_blocks.{2 * int(match[1]) + 1}.2.conv"
    if match := re.fullmatch(r"(down|up)_blocks\.(\d)\.resnets\.(\d)\.(\w+)", path):
        first = 1 + 2 * int(match[2]) if match[1] == "down" else 2 * int(match[2])
        name = {"down": "input", "up": "output"}[match[1]]
        return f"{name}_blocks.{first + int(match[3])}.0.{RESNET[match[4]]}"
    return re.sub(r"^mid_block\.attentions\.0", "middle_block.1", path)


def long_text_path(path):
    """transformers leaves "text_model." out of the first encoder's names since 5.6; files of adapters have it."""
    return path if path.startswith("text_model.") else f"text_model.{path}"


def random_adapter(pipeline, layers, has_alphas):
    """(component, path) -> A, B and alpha; ranks and alphas differ from layer to layer."""
    generator = torch.Generator().manual_seed(5)
    adapter = {}
    for component, paths in layers.items():
        for i, path in enumerate(paths):
            weight = getattr(pipeline, component).get_submodule(path).weight
            rank = 2 + i % 3
            kernel = weight.shape[2:]
            down = torch.randn(rank, *weight.shape[1:], generator=generator) / weight[0].numel() ** 0.5
            up = 0.4 * torch.randn(weight.shape[0], rank, *[1] * len(kernel), generator=generator)
            alpha = (1.0, 2.5, 4.0, 2.5)[i % 4] if has_alphas else None
            adapter[component, path] = (down.half(), up.half(), alpha)
    return adapter


def kohya(adapter, unet_name=lambda path: path):
    tensors = {}
    for (component, path), (down, up, alpha) in adapter.items():
        name = unet_name(path) if component == "unet" else long_text_path(path)
        front = KOHYA[component] + name.replace(".", "_")
        tensors |= {f"{front}.lora_down.weight": down, f"{front}.lora_up.weight": up}
        if alpha is not None:
            tensors[f"{front}.alpha"] = torch.tensor(alpha)
    return tensors


def dotted(adapter, down_end, up_end, layer_name=lambda component, path: path, front=lambda component: f"{component}."):
    tensors = {}
    for (component, path), (down, up, _) in adapter.items():
        name = front(component) + layer_name(component, path)
        tensors |= {name + down_end: down, name + up_end: up}
    return tensors


def in_processor(component, path):
    """The attention's layer as a layer of its processor."""
    if component == "unet":
        front, name = re.fullmatch(r"(.*attn\d)\.(to_\w+?)(?:\.0)?", path).groups()
        return f"{front}.processor.{name}_lora"
    front, name = re.fullmatch(r"(.*self_attn)\.(\w+?)_proj", long_text_path(path)).groups()
    return f"{front}.to_{name}_lora"


def metadata_of(adapter):
    """The metadata that diffusers saves, with each layer's alpha."""
    texts = {}
    for component in LAYERS:
        own = {path: parts for (part, path), parts in adapter.items() if part == component}
        ranks = {path: down.shape[0] for path, (down, _, _) in own.items()}
        config = {
            "r": 2,
            "lora_alpha": 2.5,
            "rank_pattern": {path: rank for path, rank in ranks.items() if rank != 2},
            "alpha_pattern": {path: alpha for path, (_, _, alpha) in own.items() if alpha != 2.5},
            "target_modules": list(own),
        }
        texts |= {f"{component}.{key}": value for key, value in config.items()}
    return {"lora_adapter_metadata": json.dumps(texts)}


def save(name, tensors, metadata=None):
    ADAPTERS.mkdir(exist_ok=True)
    path = ADAPTERS / f"{name}.safetensors"
    save_file({key: value.contiguous() for key, value in tensors.items()}, path, metadata or {"format": "pt"})
    path.chmod(0o644)
    print(f"adapters/{path.name}: {path.stat().st_size / 1024:.0f} KB, {len(tensors)} tensors")
    return path


def inputs_of(unet):
    torch.manual_seed(11)
    return {
        "sample": torch.randn(2, 4, 10, 14),
        "timestep": torch.tensor([321.0]),
        "encoder_hidden_states": torch.randn(2, 9, unet.config.cross_attention_dim),
        "text_embeds": torch.randn(2, 10),
        "time_ids": torch.tensor([[64.0, 48, 0, 4, 64, 48], [32, 96, 8, 0, 48, 64]]),
    }


@torch.no_grad()
def run_unet(unet, inputs):
    added = {name: inputs[name] for name in ("text_embeds", "time_ids")}
    context = inputs["encoder_hidden_states"]
    return unet(inputs["sample"], inputs["timestep"][0], context, added_cond_kwargs=added, return_dict=False)[0]


def new_pipeline():
    return open_pipeline(StableDiffusionXLPipeline, MODEL, "euler")


@torch.no_grad()
def complete(pipeline, adapter, name):
    """Sets every weight of an adapter that is loaded: transformers 5.23 leaves out those of the second text encoder."""
    for (component, path), (down, up, _) in adapter.items():
        layer = getattr(pipeline, component).get_submodule(path)
        layer.lora_A[name].weight.copy_(down)
        layer.lora_B[name].weight.copy_(up)


def with_adapters(*files, scales=None):
    pipeline = new_pipeline()
    names = ["default"] + [f"default_{i}" for i in range(1, len(files))]
    for name, file in zip(names, files):
        pipeline.load_lora_weights(file.parent, weight_name=file.name, adapter_name=name)
    pipeline.set_adapters(names, scales or [1.0] * len(files))
    return pipeline


def unet_with(file):
    pipeline = new_pipeline()
    state, alphas = pipeline.lora_state_dict(file.parent, weight_name=file.name, unet_config=pipeline.unet.config)
    pipeline.load_lora_into_unet(state, network_alphas=alphas, unet=pipeline.unet)
    return pipeline.unet


def outputs_of(unet, paths, inputs):
    """The outputs of the UNet and of these layers. (record would also keep what peft's DoRA makes the weight with.)"""
    outputs = {}
    hooks = [
        unet.get_submodule(path).register_forward_hook(lambda _module, _inputs, y, path=path: outputs.update({path: y}))
        for path in paths
    ]
    outputs[""] = run_unet(unet, inputs)
    for hook in hooks:
        hook.remove()
    return {path: value.detach() for path, value in outputs.items()}


def kept(outputs, paths):
    """The UNet's output, and what happens in these layers."""
    return {path: value for path, value in outputs.items() if not path or path.startswith(tuple(paths))}


def namings():
    pipeline = new_pipeline()
    whole = random_adapter(pipeline, LAYERS, has_alphas=True)
    is_attention = lambda path: "attn" in path and "mlp" not in path  # noqa: E731
    attention = {component: list(filter(is_attention, paths)) for component, paths in LAYERS.items()}
    plain = random_adapter(pipeline, attention, has_alphas=False)
    files = {
        "kohya": save("kohya", kohya(whole)),
        "kohya_stability": save("kohya_stability", kohya(whole, stability)),
        "diffusers": save("diffusers", dotted(whole, ".lora_A.weight", ".lora_B.weight"), metadata_of(whole)),
    }
    inputs = inputs_of(pipeline.unet)
    plain_files = {
        "plain_kohya": save("plain_kohya", kohya(plain)),
        "plain_diffusers": save("plain_diffusers", dotted(plain, ".lora_A.weight", ".lora_B.weight")),
        "plain_old": save("plain_old", dotted(plain, ".down.weight", ".up.weight", in_processor)),
    }
    expected = run_unet(unet_with(plain_files["plain_diffusers"]), inputs)
    for name, file in plain_files.items():
        assert torch.equal(run_unet(unet_with(file), inputs), expected), name

    # Of single layers alone: the module's outputs, the merged weights.
    pipeline = with_adapters(files["diffusers"], scales=[0.7])
    outputs = record(pipeline.unet, lambda: run_unet(pipeline.unet, inputs))
    layers = [ATTENTION + "1.to_q", "up_blocks.0.upsamplers.0.conv", "down_blocks.0.downsamplers.0.conv"]
    pipeline.fuse_lora()
    merged = {
        f"merged/{path}": pipeline.unet.get_submodule(path).base_layer.weight.detach()
        for path in (layers[0], layers[1], "down_blocks.1.resnets.0.conv_shortcut")
    }
    write("lora_unet", __file__, inputs=inputs, outputs=kept(outputs, layers) | merged, scale=0.7)

    pipeline = with_adapters(files["diffusers"], plain_files["plain_diffusers"], scales=[0.7, -0.5])
    outputs = {"": run_unet(pipeline.unet, inputs)}
    write("lora_several", __file__, inputs=inputs, outputs=outputs)
    return files, whole


def other_kinds(inputs):
    """DoRA, LoHa and LoKr by peft, LyCORIS' middle convolution by its formula."""
    paths = [
        ATTENTION + "1.to_q",
        ATTENTION + "1.to_out.0",
        "up_blocks.0.upsamplers.0.conv",
        "down_blocks.1.resnets.0.conv_shortcut",
        "down_blocks.0.downsamplers.0.conv",
    ]
    alike = {"target_modules": paths, "init_weights": False}
    kinds = {
        "dora": peft.LoraConfig(r=3, lora_alpha=2, use_dora=True, target_modules=paths, init_lora_weights=False),
        "loha": peft.LoHaConfig(r=2, alpha=3, use_effective_conv2d=True, **alike),
        "lokr": peft.LoKrConfig(r=2, alpha=3, use_effective_conv2d=True, decompose_factor=2, **alike),
        "lokr_factored": peft.LoKrConfig(r=1, alpha=3, decompose_both=True, decompose_factor=4, **alike),
    }
    for kind, config in kinds.items():
        unet = UNet2DConditionModel.from_pretrained(MODELS / MODEL / "unet").eval()
        torch.manual_seed(6)
        model = peft.get_peft_model(unet, config)
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                if "magnitude" in name:
                    parameter.mul_(1 + 0.2 * torch.randn_like(parameter))
                if any(part in name for part in ("lora_", "hada_", "lokr_")):
                    parameter.copy_(parameter.half().float())
        state = peft.get_peft_model_state_dict(model)
        state = {key.removeprefix("base_model.model."): value for key, value in state.items()}
        if kind == "dora":
            state = {f"unet.{key}": value for key, value in state.items()}
            settings = {"r": 3, "lora_alpha": 2, "use_dora": True, "target_modules": paths}
            metadata = json.dumps({f"unet.{key}": value for key, value in settings.items()})
            save(kind, {key: value.half() for key, value in state.items()}, {"lora_adapter_metadata": metadata})
        else:
            named = {}
            for key, value in state.items():
                path, part = key.rsplit(".", 1)
                front = "lora_unet_" + stability(path).replace(".", "_")
                # LyCORIS, unlike peft, ignores the alpha of a LoKr of two whole matrices.
                is_whole = part == "lokr_w1" and f"{path}.lokr_w2" in state
                stored = value * (config.alpha / config.r) if is_whole else value.half()
                named |= {f"{front}.{part}": stored, f"{front}.alpha": torch.tensor(3.0)}
            save(kind, named)
        outputs = outputs_of(unet, paths[:3], inputs)
        merged = model.merge_and_unload()
        weights = {f"merged/{path}": merged.get_submodule(path).weight.detach() for path in paths[:3]}
        write(f"lora_{kind}", __file__, inputs=inputs, outputs=outputs | weights)

    unet = UNet2DConditionModel.from_pretrained(MODELS / MODEL / "unet").eval()
    tensors = {}
    torch.manual_seed(8)
    for path in ("up_blocks.0.resnets.1.conv1", "down_blocks.0.downsamplers.0.conv", "up_blocks.0.upsamplers.0.conv"):
        weight = unet.get_submodule(path).weight
        parts = {"down": (2, weight.shape[1], 1, 1), "mid": (3, 2, 3, 3), "up": (weight.shape[0], 3, 1, 1)}
        parts = {name: (0.5 * torch.randn(shape)).half() for name, shape in parts.items()}
        change = torch.einsum("orab,rqyx,qiab->oiyx", *(parts[name].float() for name in ("up", "mid", "down")))
        with torch.no_grad():
            weight.add_(1.5 / 2 * change)
        front = "lora_unet_" + path.replace(".", "_")
        tensors |= {f"{front}.lora_{name}.weight": value for name, value in parts.items()}
        tensors[f"{front}.alpha"] = torch.tensor(1.5)
    save("locon_mid", tensors)
    write("lora_locon_mid", __file__, inputs=inputs, outputs={"": run_unet(unet, inputs)})


def dump(files):
    """The golden of `sdxl parity --lora`: what examples/parity/dump_diffusers.py keeps of a step with adapters."""
    path = GOLDENS / "lora_parity_dump.safetensors"
    sys.argv[1:] = [str(MODELS / MODEL), str(path), "--component", "unet", "--steps", "1", "--guidance-scale", "1"]
    sys.argv += ["--height", "16", "--width", "24", "--quiet", "--only", "unet.mid_block*"]
    sys.argv += ["--lora", f"{files['diffusers']}:0.7", "--lora", str(ADAPTERS / "dora.safetensors")]
    dump_diffusers.main()
    path.chmod(0o644)


def main():
    files, whole = namings()
    other_kinds(inputs_of(new_pipeline().unet))
    arguments = {"prompt": "a large red star", "num_inference_steps": 3, "height": 40, "width": 56}
    cases = {"guided": {"guidance_scale": 5.0, "num_images_per_prompt": 2}, "unguided": {"guidance_scale": 1.0}}
    for case, more in cases.items():
        pipeline = with_adapters(files["diffusers"], scales=[0.7])
        complete(pipeline, whole, "default")
        run_pipeline(f"lora_{case}", __file__, pipeline, {**arguments, **more}, model=MODEL, scheduler="euler")
    dump(files)


if __name__ == "__main__":
    main()
