"""Arrays of other libraries, on their way into C++. torch is not imported here: it may be absent."""

from __future__ import annotations

import json

import numpy as np


def is_torch(value) -> bool:
    """Whether a value is a torch tensor."""
    return type(value).__module__.split(".")[0] == "torch" or hasattr(value, "detach")


def _kind(value) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")


def _host(value):
    """A torch tensor in this process's memory, without a gradient."""
    value = value.detach()
    if value.device.type != "cpu":
        value = value.cpu()
    return value.resolve_conj().resolve_neg() if hasattr(value, "resolve_conj") else value


def as_float32(value, name: str) -> np.ndarray:
    """The elements as float32, in order. Errors: TypeError for what is no array of numbers."""
    if is_torch(value) and hasattr(value, "is_complex"):
        value = _host(value)
        if value.is_complex():
            raise TypeError(f"{name}: expected real numbers, got {value.dtype}")
        return np.ascontiguousarray(value.float().numpy()).reshape(tuple(value.shape))
    if not hasattr(value, "__array__") and hasattr(value, "__dlpack__"):
        value = np.from_dlpack(value)
    try:
        array = np.asarray(value)
    except (ValueError, TypeError) as error:
        raise TypeError(f"{name}: expected an array of numbers, got {_kind(value)}: {error}") from None
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name}: expected an array of real numbers, got {_kind(value)} of dtype {array.dtype}")
    with np.errstate(over="ignore"):
        return np.asarray(array, dtype=np.float32, order="C")


# dtypes of weights by the names that safetensors uses
_WEIGHTS = {"float32": "F32", "float64": "F64", "float16": "F16", "bfloat16": "BF16", "float8_e4m3fn": "F8_E4M3",
            "float8_e5m2": "F8_E5M2"}


def as_bytes(value, name: str) -> tuple[np.ndarray, str, list[int]]:
    """A weight's bytes, its dtype and its shape. The memory is shared where the elements are in order."""
    shape = [int(n) for n in getattr(value, "shape", np.shape(value))]
    if is_torch(value):
        value = _host(value).contiguous()
        dtype = str(value.dtype).removeprefix("torch.")
        stored = value if dtype not in _WEIGHTS or not shape else value.view(dtype=_torch_uint8(value))
        value = stored.reshape(-1).numpy() if dtype in _WEIGHTS else value
    else:
        value = np.ascontiguousarray(value)
        dtype = str(value.dtype)
        value = value.reshape(-1).view(np.uint8) if dtype in _WEIGHTS else value
    if dtype not in _WEIGHTS:
        raise TypeError(f"{name}: expected a weight of {', '.join(_WEIGHTS)}, got {dtype}")
    return np.ascontiguousarray(value).view(np.uint8), _WEIGHTS[dtype], shape


def _torch_uint8(value):
    import torch

    return torch.uint8


def json_of(config) -> str:
    """A config as the text of its JSON file."""
    try:
        return json.dumps(dict(config), default=_plain)
    except (TypeError, ValueError) as error:
        raise ValueError(f"the config: expected what a JSON file can hold: {error}") from None


def _plain(value):
    """Values of configs in memory that JSON has no type for."""
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    if isinstance(value, np.generic):
        return value.item()
    return str(value)
