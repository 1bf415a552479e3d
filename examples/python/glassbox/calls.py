"""Calls a module here as its torch twin is called: diffusers' arguments in, torch's results out."""

from __future__ import annotations

import inspect

import numpy as np

from . import _glassbox as core
from .classes import class_here, isinstance_named, torch_class

_X = {"hidden_states": "hidden_states"}
_CONTEXT = {**_X, "encoder_hidden_states": "encoder_hidden_states"}
_DOWN = {**_CONTEXT, "temb": "temb"}

# The class here -> torch's arguments that it takes, with their names here
_ARGUMENTS = {
    "Linear": {"input": "x"}, "Conv2d": {"input": "x"}, "GroupNorm": {"input": "x"}, "LayerNorm": {"input": "x"},
    "Embedding": {"input": "ids"}, "TimestepEmbedding": {"sample": "sample", "condition": "condition"},
    "ResnetBlock": {"input_tensor": "input_tensor", "temb": "temb"}, "Downsample2D": _X,
    "Upsample2D": {**_X, "output_size": "output_size"}, "Attention": _CONTEXT, "VaeAttention": _X, "GEGLU": _X,
    "FeedForward": _X, "BasicTransformerBlock": _CONTEXT, "Transformer2D": _CONTEXT,
    "DownBlock2D": {**_X, "temb": "temb"}, "CrossAttnDownBlock2D": _DOWN,
    "UpBlock2D": {**_X, "res_hidden_states_tuple": "res_hidden_states_tuple", "temb": "temb",
                  "upsample_size": "upsample_size"},
    "CrossAttnUpBlock2D": {**_DOWN, "res_hidden_states_tuple": "res_hidden_states_tuple",
                           "upsample_size": "upsample_size"},
    "MidBlock2DCrossAttn": _DOWN, "UNetMidBlock2D": _X,
    "UNet2DConditionModel": {name: name for name in ("sample", "timestep", "encoder_hidden_states", "timestep_cond",
                                                     "added_cond_kwargs", "down_block_additional_residuals",
                                                     "mid_block_additional_residual")},
    "DownEncoderBlock2D": _X, "UpDecoderBlock2D": _X, "Encoder": {"sample": "hidden_states"},
    "Decoder": {"sample": "hidden_states"}, "AutoencoderKL": {"sample": "sample"},
    "AutoencoderTinyBlock": {"x": "hidden_states"}, "EncoderTiny": {"x": "hidden_states"},
    "DecoderTiny": {"x": "hidden_states"}, "CLIPAttention": _X, "CLIPMLP": _X, "CLIPEncoderLayer": _X,
    "CLIPEncoder": {"inputs_embeds": "inputs_embeds"}, "CLIPTextEmbeddings": {"input_ids": "input_ids"},
    "CLIPTextTransformer": {"input_ids": "input_ids"}, "CLIPTextModel": {"input_ids": "input_ids"},
}  # fmt: skip

# Arguments that change nothing of the result, or the form of it alone
_FORMS = {"return_dict", "output_hidden_states", "output_attentions", "is_causal", "use_cache", "generator"}


def arguments_of(module, args, kwargs) -> dict:
    """The arguments of a call of a torch module by their names, with those in *args and **kwargs."""
    signature = inspect.signature(type(module).forward)
    bound = signature.bind(module, *args, **kwargs).arguments
    result = {}
    for name, value in list(bound.items())[1:]:
        kind = signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_KEYWORD:
            result.update(value)
        elif kind is inspect.Parameter.VAR_POSITIONAL:
            result.update({f"{name}[{i}]": extra for i, extra in enumerate(value)})
        else:
            result[name] = value
    return result


def _is_default(module, name, value) -> bool:
    if value is None or isinstance(value, (dict, tuple)) and not value:
        return True
    if name in ("scale", "lora_scale") and type(value) in (int, float):
        return value == 1
    parameter = inspect.signature(type(module).forward).parameters.get(name)
    return parameter is not None and type(value) in (bool, int, float, str) and value == parameter.default


def _is_causal_mask(value) -> bool:
    """The mask that CLIP's text encoder always has: a token sees itself and those before it."""
    if not hasattr(value, "shape") or len(value.shape) != 4 or value.shape[-1] != value.shape[-2]:
        return False
    seen = value.detach().cpu().numpy()
    seen = seen if seen.dtype == bool else seen > -1.0
    return bool((seen == np.tril(np.ones(seen.shape[-2:], bool))).all())


def call(module, ours, args, kwargs):
    """What the module here puts out for the call of its torch twin, as torch's forward would return it.

    Errors: ValueError naming an argument that the module here does not have, unless it is None.
    """
    given = arguments_of(module, args, kwargs)
    takes = _ARGUMENTS[ours.class_name]
    passed = {}
    for name, value in given.items():
        if name in takes:
            passed[takes[name]] = value
        elif name == "attention_mask" and ours.class_name.startswith("CLIP") and (
                _is_default(module, name, value) or _is_causal_mask(value)):
            continue
        elif name == "cross_attention_kwargs" and isinstance(value, dict) and set(value) <= {"scale"} and value.get(
                "scale", 1.0) == 1.0:
            continue
        elif name not in _FORMS and not _is_default(module, name, value) and not (
                name == "temb" or ours.class_name in ("DownBlock2D", "UpBlock2D") and "encoder" in name):
            kind = tuple(value.shape) if hasattr(value, "shape") else repr(value)
            raise ValueError(f"{ours.path or torch_class(module)}: {name} is not built into {ours.class_name} here; "
                             f"expected None, got {kind}")
    return _as_torch(module, _run(ours, passed), given)


def _run(ours, passed):
    if ours.class_name == "UNet2DConditionModel":
        added = passed.pop("added_cond_kwargs", None) or {}
        unknown = set(added) - {"text_embeds", "time_ids"}
        if unknown:
            raise ValueError(f"{ours.path}: added_cond_kwargs: expected text_embeds and time_ids, got {sorted(unknown)}")
        return ours(passed.pop("sample"), passed.pop("timestep"), passed.pop("encoder_hidden_states"), **added, **passed)
    if ours.class_name == "AutoencoderKL":
        return ours.decode(ours.encode(passed["sample"]).mode())
    if ours.class_name == "GroupNorm" and passed["x"].ndim < 3:
        raise ValueError(f"{ours.path}: GroupNorm expects (N, C, ...), got {tuple(passed['x'].shape)}")
    if passed.get("output_size") is not None:
        passed["output_size"] = tuple(int(n) for n in passed["output_size"])
    if passed.get("upsample_size") is not None:
        passed["upsample_size"] = tuple(int(n) for n in passed["upsample_size"])
    return ours(**passed)


def _as_torch(module, output, given):
    """Arrays as tensors of the call's dtype and device, in the form that torch's forward has."""
    import torch

    tensors = [value for value in given.values() if isinstance(value, torch.Tensor) and value.is_floating_point()]
    like = tensors[0] if tensors else next(module.parameters())

    def tensor(array):
        return torch.from_numpy(np.array(array)).to(device=like.device, dtype=like.dtype)

    if isinstance(output, tuple):
        return tensor(output[0]), tuple(tensor(residual) for residual in output[1])
    if isinstance(output, core.TextFeatures):
        return _text_output(module, output, given, tensor)
    result = tensor(output)
    name = torch_class(module)
    if name == "CLIPAttention":
        return result, None
    if name == "CLIPEncoder":
        from transformers.modeling_outputs import BaseModelOutput

        return BaseModelOutput(last_hidden_state=result)
    if name not in ("UNet2DConditionModel", "Transformer2DModel", "AutoencoderKL"):
        return result
    if not given.get("return_dict", True):
        return (result,)
    if name == "UNet2DConditionModel":
        from diffusers.models.unets.unet_2d_condition import UNet2DConditionOutput as Output
    elif name == "Transformer2DModel":
        from diffusers.models.modeling_outputs import Transformer2DModelOutput as Output
    else:
        from diffusers.models.autoencoders.vae import DecoderOutput as Output
    return Output(sample=result)


def _text_output(module, features, given, tensor):
    from transformers.modeling_outputs import BaseModelOutputWithPooling
    from transformers.models.clip.modeling_clip import CLIPTextModelOutput

    wants_states = given.get("output_hidden_states")
    if wants_states is None:
        wants_states = module.config.output_hidden_states
    states = tuple(tensor(state) for state in features.hidden_states) if wants_states else None
    last, pooled = tensor(features.last_hidden_state), tensor(features.pooled)
    if isinstance_named(module, "CLIPTextModelWithProjection"):
        output = CLIPTextModelOutput(text_embeds=pooled, last_hidden_state=last, hidden_states=states)
    else:
        output = BaseModelOutputWithPooling(last_hidden_state=last, pooler_output=pooled, hidden_states=states)
    return output if given.get("return_dict", True) is not False else output.to_tuple()


def fits(module, ours) -> bool:
    """Whether the class here is the twin of the torch module's."""
    wanted = class_here(module)
    if wanted == "CLIPTextModel":
        return ours.class_name in ("CLIPTextModel", "CLIPTextTransformer")
    if wanted == "Attention":
        return ours.class_name == ("VaeAttention" if module.residual_connection else "Attention")
    if wanted == "UNetMidBlock2D":
        return ours.class_name in ("UNetMidBlock2D", "MidBlock2DCrossAttn")
    return wanted == ours.class_name
