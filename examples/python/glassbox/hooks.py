"""Functions that see, or replace, what modules put out; and knobs that mute or scale it."""

from __future__ import annotations

from collections import defaultdict

from . import _glassbox as core
from .display import Tensor


class Watch:
    """An observer of all calls, in every thread, until it is removed or its `with` block ends."""

    def __init__(self, *ids):
        self._ids = list(ids)

    def remove(self):
        while self._ids:
            core.unwatch(self._ids.pop())

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.remove()


def hook(pattern: str, function) -> Watch:
    """Calls function(path, output) after each module whose path matches; what it returns, unless None, is the output.

    A path begins with the component: "unet.mid_block.*". `*` stands for any characters, `?` for one.
    torch: register_forward_hook
    """
    return Watch(core.add_hook([pattern], None, function))


class record(Watch):
    """Keeps the outputs of the modules whose paths match, and with inputs=True their inputs.

        with glassbox.record("unet.mid_block.*", inputs=True) as seen:
            glass(prompt)
        seen["unet.mid_block.resnets.0"]             # a list: the output of each call
        seen.inputs["unet.mid_block.resnets.0"]      # a list: {name: array} of each call
    """

    def __init__(self, *patterns: str, inputs: bool = False):
        self._outputs, self.inputs = defaultdict(list), defaultdict(list)
        keep_input = self._keep_input if inputs else None
        super().__init__(core.add_hook(list(patterns), keep_input, self._keep_output))

    def _keep_input(self, path, given):
        self.inputs[path].append({name: x.view(Tensor) for name, x in given.items()})

    def _keep_output(self, path, output):
        self._outputs[path].append(output.view(Tensor))

    def __getitem__(self, path):
        if path not in self._outputs:
            core.expect_matches("record", [path], list(self._outputs))
        return self._outputs[path]

    def last(self, path):
        """The output of the path's last call."""
        return self[path][-1]

    def __contains__(self, path):
        return path in self._outputs

    def __iter__(self):
        return iter(self._outputs)

    def __len__(self):
        return len(self._outputs)

    def keys(self):
        return self._outputs.keys()

    def items(self):
        return self._outputs.items()

    def __repr__(self):
        return "\n".join(f"{path}  {len(calls)} x {calls[0].shape}" for path, calls in self.items()) or "no outputs yet"


def scale(module, factors: dict[str, float]) -> Watch:
    """Scales what modules compute, by patterns of their paths: 0 mutes, 1 changes nothing.

        out = passed + factor (out - passed),   passed: a block's input, where its output adds to that; else 0

    `module` is the model that is run, or a part of it. Errors: RuntimeError for a pattern that matches nothing.
    """
    core.expect_matches("scale", list(factors), _paths(module))
    return Watch(core.add_scale(dict(factors)))


def mute(module, *patterns: str) -> Watch:
    """Leaves out what modules compute: scale with the factor 0."""
    return scale(module, dict.fromkeys(patterns, 0.0))


def mute_heads(module, pattern: str, heads) -> Watch:
    """Mutes single heads of the attentions whose paths match."""
    core.expect_matches("mute_heads", [pattern], _paths(module))
    attentions = [part for part in _parts(module) if core.matches(pattern, part.path) and hasattr(part, "heads")]
    if not attentions:
        raise ValueError(f"mute_heads: {pattern} matches no attention with heads")
    return Watch(*[core.add_head_mute(attention, list(heads)) for attention in attentions])


def mute_skips(unet, numbers) -> Watch:
    """Mutes skip connections, by their numbers in skips(unet)."""
    return Watch(core.add_skip_mute(unet, list(numbers)))


def skips(unet) -> list[tuple[str, str, int]]:
    """(pushed by, popped by, channels) of each skip connection, in the order in which they are pushed."""
    return core.skips_of(unet)


def _parts(module):
    roots = module.modules if hasattr(module, "is_refiner") else [module]
    return [part for root in roots for _, part in root.named_modules()]


def _paths(module):
    return [part.path for part in _parts(module)]
