"""Parity in one line: every layer here on torch's own inputs, and the first divergence with its kind."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from . import _glassbox as core
from .calls import call, fits
from .report import Finding, Report, Row
from .classes import class_here
from .twins import find, like

_ROUNDING = {"float16": 4e-3, "bfloat16": 3e-2}  # relative error of a module whose ops round to this dtype


@dataclass
class _Frame:
    """A torch module that is running, and the calls of the modules below it that have ended."""

    path: str
    module: object
    twin: object
    children: list = field(default_factory=list)


@dataclass
class _Call:
    twin: object
    output: list  # tensors
    agrees: bool
    children: list


def tensors_of(output) -> list:
    """All tensors of a torch module's result, in order."""
    if output is None or isinstance(output, (str, int, float, bool)):
        return []
    if hasattr(output, "detach"):
        return [output]
    if hasattr(output, "to_tuple"):
        output = output.to_tuple()
    values = output.values() if isinstance(output, dict) else output
    return [tensor for value in values for tensor in tensors_of(value)]


def _array(tensor):
    return np.ascontiguousarray(tensor.detach().cpu().float().numpy())


def _worst(path, ours, theirs):
    """The largest difference of several pairs; a problem comes first."""
    if len(ours) != len(theirs):
        raise ValueError(f"{len(ours)} results here and {len(theirs)} there")
    differences = [core.difference(path, _array(a), _array(b)) for a, b in zip(ours, theirs)]
    return max(differences, key=lambda d: (bool(d.problem), d.relative))


class _Replay:
    def __init__(self, torch_module, ours, limit):
        self.root, self.limit = ours, limit
        self.rows, self.findings, self.frames = {}, {}, []
        self.handles, self.wrong_weights = [], {}
        for name, module in torch_module.named_modules():
            twin = find(ours, name) if class_here(module) else None
            if twin is None or not fits(module, twin):
                continue
            path = twin.path or name
            self.wrong_weights[path] = self._other_weight(module, twin)
            self.handles.append(module.register_forward_pre_hook(self._begin(path, twin), with_kwargs=True))
            self.handles.append(module.register_forward_hook(self._end, with_kwargs=True))
        if not self.handles:
            raise ValueError(f"replay: no module of {type(torch_module).__name__} has a twin in {ours.class_name}")

    def close(self):
        for handle in self.handles:
            handle.remove()

    def _other_weight(self, module, twin):
        """The name of an own weight that differs, or None."""
        own = dict(module.named_parameters(recurse=False))
        for name in twin.shapes if set(twin.shapes) <= set(own) else []:
            dtype = str(own[name].dtype).removeprefix("torch.")
            tolerance = max(1e-6, _ROUNDING.get(dtype, 0.0) / 4)
            if _worst(name, [_of_numpy(twin.state_dict()[name])], [own[name]]).relative > tolerance:
                return name
        return None

    def _begin(self, path, twin):
        def begin(module, args, kwargs):
            self.frames.append(_Frame(path, module, twin))

        return begin

    def _end(self, module, args, kwargs, output):
        frame = self.frames.pop()
        while frame.module is not module:  # of a call that an exception ended
            frame = self.frames.pop()
        theirs = tensors_of(output)
        try:
            ours = tensors_of(call(module, frame.twin, args, kwargs))
            found = _worst(frame.path, ours, theirs)
            row = Row(frame.path, frame.twin.class_name, found.relative, found.max_absolute, found.problem)
        except (ValueError, RuntimeError, TypeError) as error:
            found = None
            row = Row(frame.path, frame.twin.class_name, float("inf"), float("inf"), str(error))
        agrees = not row.is_beyond(self.limit)
        if not agrees and frame.path not in self.findings:
            finding = self._cause(frame, row, found, theirs, args, kwargs)
            if finding:
                self.findings[frame.path] = finding
        before = self.rows.get(frame.path)
        if before is None or row.is_worse_than(before):
            self.rows[frame.path] = row
        if self.frames:
            self.frames[-1].children.append(_Call(frame.twin, theirs, agrees, frame.children))

    def _cause(self, frame, row, found, theirs, args, kwargs):
        if row.problem and any(not np.isfinite(_array(tensor)).all() for tensor in theirs):
            return Finding(frame.path, "not comparable", f"{row.problem}: the reference itself made NaN or infinity "
                           "here; half precision?")
        apart = row.problem or f"rel {row.relative:.3g}, max |d| {row.max_absolute:.3g}"
        weight = self.wrong_weights[frame.path]
        if weight:
            return Finding(frame.path, "other weights", f"{apart}: {frame.path}.{weight} is another weight")
        if not frame.children:
            if row.problem:
                return Finding(frame.path, "not comparable", apart)
            return Finding(frame.path, "wrong constant", f"{apart}, with the same weights and the same input"
                           + _factor(found))
        return self._parents_own_error(frame, apart, theirs, args, kwargs)

    def _parents_own_error(self, frame, apart, theirs, args, kwargs):
        """Runs the module with torch's outputs in place of those of the modules below it."""
        outputs, handed = {}, []
        _collect(frame.children, outputs)

        def replace(path, output):
            if not outputs.get(path):
                return None
            done = outputs[path].popleft()
            there = _array(done.output[0])
            if done.agrees:
                difference = core.difference(path, np.ascontiguousarray(output), there)
                if difference.problem or difference.relative > self.limit:
                    handed.append(difference)
            return there if there.shape == output.shape else None

        hook = core.add_hook(list(outputs), None, replace)
        try:
            found = _worst(frame.path, tensors_of(call(frame.module, frame.twin, args, kwargs)), theirs)
        except (ValueError, RuntimeError, TypeError) as error:
            children_agree = all(child.agrees for child in frame.children)
            return Finding(frame.path, "not comparable", str(error)) if children_agree else None
        finally:
            core.unwatch(hook)
        if handed:
            first = handed[0]
            return Finding(frame.path, "wrong arithmetic", f"what {first.path} is given is another tensor: "
                           f"{first.problem or f'rel {first.relative:.3g}'} in its output")
        if found.problem or found.relative > self.limit:
            return Finding(frame.path, "wrong arithmetic", f"{apart}, its children's outputs being right"
                           + _factor(found))
        return None


def _of_numpy(array):
    import torch

    return torch.from_numpy(np.array(array))


def _collect(children, outputs):
    """The calls to replace: of a block with residuals also those below, whose outputs the residuals are."""
    for child in children:
        outputs.setdefault(child.twin.path, deque()).append(child)
        if len(child.output) > 1 and child.twin.class_name.endswith("DownBlock2D"):
            _collect(child.children, outputs)


def _factor(found):
    if found.residual > 0.02 * found.relative or abs(found.factor) < 1e-12:
        return ""
    return f"; ours is theirs times {found.factor:.6g}"


def replay(module, ours=None, inputs=None, *, limit: float = 1e-5) -> Report:
    """Runs a torch module, and on each module's own inputs its twin here; compares all outputs.

        report = glassbox.replay(pipe.unet, glass.unet, inputs)
        print(report.verdict)      # first divergence at unet.mid_block.resnets.0.norm1: wrong constant: ...
        print(report)              # a table, the worst first; report.to_dataframe() for pandas

    `inputs` are the arguments of the module's forward: a dict, a tuple or a tensor; without them those of
    example_inputs. Without `ours` the twins are made from the module itself (glassbox.like), and only mistakes of
    its forward are found. `limit` is the largest relative difference, ||ours - theirs|| / ||theirs||; a module in
    half precision has a larger one. The kinds of a finding are those of `sdxl parity`.
    """
    import torch

    ours = like(module) if ours is None else ours
    inputs = example_inputs(module) if inputs is None else inputs
    dtype = str(next((parameter.dtype for parameter in module.parameters()), "")).removeprefix("torch.")
    limit = max(limit, _ROUNDING.get(dtype, 0.0))
    run = _Replay(module, ours, limit)
    stopped = ""
    try:
        with torch.no_grad():
            if isinstance(inputs, dict):
                module(**inputs)
            else:
                module(*(inputs if isinstance(inputs, (tuple, list)) else (inputs,)))
    except (RuntimeError, ValueError, TypeError) as error:
        if not run.rows:
            raise
        stopped = str(error)
    finally:
        run.close()
    return Report(list(run.rows.values()), list(run.findings.values()), limit, ours.path or ours.class_name, stopped)


def example_inputs(module) -> dict:
    """Inputs of a UNet, an autoencoder or a text encoder of diffusers: random ones of seed 0."""
    import torch

    generator = torch.Generator().manual_seed(0)
    config = getattr(module, "config", None)
    parameter = next(module.parameters(), torch.zeros(1))

    def randn(*shape):
        return torch.randn(shape, generator=generator).to(device=parameter.device, dtype=parameter.dtype)

    kind = class_here(module)
    if kind == "UNet2DConditionModel":
        side = min(config.sample_size or 16, 32)
        inputs = {"sample": randn(1, config.in_channels, side, side), "timestep": 500.0,
                  "encoder_hidden_states": randn(1, 77, config.cross_attention_dim)}
        if config.addition_embed_type == "text_time":
            sizes = 6 if config.projection_class_embeddings_input_dim % 2 == 0 else 5
            pooled = config.projection_class_embeddings_input_dim - sizes * config.addition_time_embed_dim
            ids = torch.tensor([[1024.0, 1024.0, 0.0, 0.0, 1024.0, 1024.0][:sizes]])
            inputs["added_cond_kwargs"] = {"text_embeds": randn(1, pooled), "time_ids": ids.to(parameter.dtype)}
        if config.time_cond_proj_dim:
            inputs["timestep_cond"] = randn(1, config.time_cond_proj_dim)
        return inputs
    if kind in ("AutoencoderKL", "AutoencoderTiny"):
        return {"sample": randn(1, config.in_channels, 64, 64).clamp(-1, 1)}
    if kind in ("CLIPTextModel", "CLIPTextTransformer"):
        ids = torch.randint(0, config.vocab_size - 1, (1, config.max_position_embeddings), generator=generator)
        ids[0, 7:] = config.vocab_size - 1  # the end of text, and padding
        return {"input_ids": ids}
    raise ValueError(f"replay: {type(module).__name__} has no example inputs; pass the arguments of its forward")
