"""The twin of a torch module: the class here with the same forward, built from its sizes and its weights."""

from __future__ import annotations

import numpy as np

from . import _glassbox as core
from .classes import CLASSES, NotBuiltHere, class_here, isinstance_named, torch_class


def like(module):
    """The C++ twin of a torch module: of the class here with the same forward, with its sizes and weights.

    The twin reads the module's own memory where that is in order: a later change in place is a change of both.
    Errors: ValueError that names the class or the setting that is not built here, and for constants that differ.
    """
    name = torch_class(module)
    if name is None:
        raise NotBuiltHere(f"{type(module).__name__} is not built here; these are: {', '.join(sorted(CLASSES))}")
    try:
        twin = CLASSES[name][1](module)
    except (AttributeError, TypeError, IndexError) as error:
        raise NotBuiltHere(f"{name}: is not of the form that is built here: {error}") from error
    twin.load_state_dict({key: value for key, value in module.state_dict().items() if "Conv2d_0." not in key})
    _expect_equal_constants(module, twin)
    return twin


def find(ours, name: str):
    """The module here of torch's path, or None. A level "text_model" may be absent on either side."""
    for path in (name, f"text_model.{name}", name.removeprefix("text_model.")):
        if not path:
            return ours
        try:
            found = ours.get_submodule(path)
        except AttributeError:
            continue
        if isinstance(found, core.Module):
            return found
    return None


def _expect_equal_constants(module, twin):
    """The layers' own numbers: those that no weight tells of."""
    for name, layer in module.named_modules():
        ours = find(twin, name) if class_here(layer) in ("Conv2d", "GroupNorm", "LayerNorm") else None
        if ours is None:
            continue
        here = ours.config
        if class_here(layer) == "Conv2d":
            sides = (layer.padding[0],) * 4
            owner = module.get_submodule(name.rpartition(".")[0]) if name else module
            if isinstance_named(owner, "Downsample2D") and owner.padding == 0:
                sides = (0, 1, 0, 1)
            there = {"stride": layer.stride[0], "kernel_size": layer.kernel_size[0], "padding": sides}
        else:
            there = {"eps": layer.eps}
            if hasattr(layer, "num_groups"):
                there["num_groups"] = layer.num_groups
        for what, value in there.items():
            if here[what] != value and what != "eps" or what == "eps" and not np.isclose(here[what], value, 1e-5, 0):
                raise NotBuiltHere(f"{type(module).__name__}: {name or 'it'} has {what} = {value!r}, which is "
                                   f"{here[what]!r} in this class here")
