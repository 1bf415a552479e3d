"""C++ layers in place of torch's, inside a live pipeline."""

from __future__ import annotations

from collections import Counter

from . import _glassbox as core
from .calls import call, fits
from .classes import class_here
from .twins import find, like


def pairs(torch_module, ours=None, pattern=None, what="swap"):
    """[(path, torch module, the module here)] of a torch module, or those below it that a pattern matches.

    A pattern matches a path below the torch module, or that with the component's name in front.
    Errors: RuntimeError for a pattern that matches nothing; ValueError for classes that are not built here.
    """
    if hasattr(torch_module, "components"):  # a pipeline of diffusers
        return _pairs_of_pipeline(torch_module, ours, pattern, what)
    front = ours.path if ours is not None else ""
    named = [(name, f"{front}.{name}".strip("."), module) for name, module in torch_module.named_modules()]
    if pattern is not None:
        matched = [row for row in named if core.matches(pattern, row[0]) or core.matches(pattern, row[1])]
        if not matched:
            core.expect_matches(what, [pattern], [row[0] for row in named if row[0]])
    elif class_here(torch_module) in ("AutoencoderKL", "AutoencoderTiny"):  # pipelines call its parts
        parts = ("encoder", "decoder", "quant_conv", "post_quant_conv")
        matched = [row for row in named if row[0] in parts]
    else:
        matched = named[:1]
    built = [row for row in matched if class_here(row[2])]
    if not built:
        classes = sorted({type(module).__name__ for _, _, module in matched})
        raise ValueError(f"{what}: {pattern or type(torch_module).__name__}: only classes that are not built here: "
                         f"{', '.join(classes)}")
    return list(_with_twins(built, ours, pattern))


def _with_layers(rows):
    """In place of CLIP's encoder its layers: transformers takes the hidden states from their calls."""
    for name, path, module in rows:
        if class_here(module) != "CLIPEncoder":
            yield name, path, module
            continue
        for i, layer in enumerate(module.layers):
            yield f"{name}.layers.{i}".strip("."), f"{path}.layers.{i}".strip("."), layer


def _with_twins(rows, ours, pattern):
    for name, path, module in _with_layers(rows):
        if ours is None:
            yield path, module, like(module)
            continue
        twin = find(ours, name)
        if twin is not None and fits(module, twin):
            yield twin.path, module, twin
        elif pattern is None:
            raise ValueError(f"swap: {path or 'the module'}: expected a {class_here(module)}, got "
                             f"{twin.class_name if twin is not None else 'nothing of this path'}")


def _pairs_of_pipeline(pipeline, ours, pattern, what):
    result, seen = [], []
    for name, component in pipeline.components.items():
        if not hasattr(component, "named_modules") or class_here(component) is None:
            continue
        twin = getattr(ours, name) if ours is not None else None
        paths = [f"{name}.{path}".strip(".") for path, _ in component.named_modules()]
        seen += paths
        below = [path for path in paths if pattern is None or core.matches(pattern, path)]
        if pattern is None:
            result += pairs(component, twin, None, what)
        elif below:
            named = dict(component.named_modules())
            rows = [(path[len(name) + 1:], path, named[path[len(name) + 1:]]) for path in below]
            result += _with_twins([row for row in rows if class_here(row[2])], twin, pattern)
    if not result:
        core.expect_matches(what, [pattern or "*"], seen)
        raise ValueError(f"{what}: {pattern}: only classes that are not built here")
    return result


class swap:
    """While it is open, modules here run in place of torch's, and give back torch tensors.

        with glassbox.swap(pipe.unet, glass.unet, "*.attn2") as swapped:
            pipe(prompt)
        swapped.calls                               # path -> number of calls

    swap(module) alone makes the twins itself (glassbox.like). Without a pattern the whole module is replaced; of an
    AutoencoderKL its encoder and its decoder. `module` may be a whole pipeline. Gradients are not computed.
    Errors: see pairs; in a call ValueError for an argument that the module here does not have.
    """

    def __init__(self, module, ours=None, pattern=None):
        self.pairs = pairs(module, ours, pattern)
        self.paths = [path for path, _, _ in self.pairs]
        self.calls = Counter()
        self._before = []

    def __enter__(self):
        for path, module, ours in self.pairs:
            self._before.append((module, module.__dict__.get("forward")))
            module.forward = self._forward(path, module, ours)
        return self

    def __exit__(self, *error):
        for module, before in reversed(self._before):
            if before is None:
                del module.forward
            else:
                module.forward = before
        self._before.clear()

    def _forward(self, path, module, ours):
        def forward(*args, **kwargs):
            self.calls[path] += 1
            return call(module, ours, args, kwargs)

        return forward
