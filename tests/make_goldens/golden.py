"""Shared by the scripts that make the goldens: run a reference module once and keep every output."""

import json
from pathlib import Path

import diffusers
import torch
import transformers
from safetensors.torch import save_file

GOLDENS = Path(__file__).resolve().parents[1] / "goldens"

# Modules without computation of their own, or that belong to the layer above them in this project.
SILENT = (
    torch.nn.Dropout,
    torch.nn.Identity,
    torch.nn.ModuleList,
    torch.nn.Sequential,
    torch.nn.SiLU,
    torch.nn.GELU,
    diffusers.models.embeddings.Timesteps,
    transformers.activations.GELUActivation,
    transformers.activations.QuickGELUActivation,
)


def randomise(module, seed, scale=1.0):
    """Gives every parameter a value that changes the output: no bias is 0, no norm's weight is 1.

    Matrices keep the size of their outputs (deviation scale / sqrt(inputs)). All values are rounded to half
    precision, as the golden stores them.
    """
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if parameter.dim() >= 2:
                inputs = parameter[0].numel()
                parameter.copy_(noise * scale / inputs**0.5)
            elif name.endswith("weight"):
                parameter.copy_(1 + 0.3 * noise)
            else:
                parameter.copy_(0.2 * noise)
            parameter.copy_(parameter.half().float())
    return module.eval()


def first_tensor(output):
    """The tensor of an output, or the first one of a tuple or of an output class."""
    if isinstance(output, torch.Tensor):
        return output
    if isinstance(output, dict):
        output = tuple(output.values())
    return first_tensor(output[0])


def record(module, run, silent=SILENT):
    """Runs `run()` and returns {path: output} of all submodules, in the order in which they end.

    A module that runs more than once keeps its outputs stacked along the batch.
    """
    outputs = {}

    def keep(path):
        def hook(_module, _inputs, output):
            value = first_tensor(output).detach().clone().float()
            outputs[path] = torch.cat([outputs[path], value]) if path in outputs else value

        return hook

    hooks = [
        child.register_forward_hook(keep(path))
        for path, child in module.named_modules()
        if path and not isinstance(child, silent)
    ]
    with torch.no_grad():
        result = run()
    for hook in hooks:
        hook.remove()
    outputs[""] = first_tensor(result).detach().clone().float()
    return outputs


def versions():
    return f"torch {torch.__version__}, diffusers {diffusers.__version__}, transformers {transformers.__version__}"


def write(name, script, *, config=None, weights=None, inputs=None, outputs=None, **metadata):
    """Writes tests/goldens/<name>.safetensors. `weights` is the state dict of a randomised module."""
    tensors = {}
    for prefix, group in (("weights", weights), ("inputs", inputs), ("outputs", outputs)):
        for key, value in (group or {}).items():
            stored = value.half() if prefix == "weights" else value
            tensors[f"{prefix}/{key}"] = stored.detach().clone().contiguous()
    texts = {
        "config": json.dumps(config or {}),
        "outputs": json.dumps(list(outputs or {})),
        "script": f"tests/make_goldens/{Path(script).name}",
        "versions": versions(),
        **{key: str(value) for key, value in metadata.items()},
    }
    GOLDENS.mkdir(exist_ok=True)
    path = GOLDENS / f"{name}.safetensors"
    save_file(tensors, path, texts)
    path.chmod(0o644)
    print(f"{path.name}: {path.stat().st_size / 1024:.0f} KB, {len(outputs or {})} outputs")
